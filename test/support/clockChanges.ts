/** Changes of the clocks of every kind: one hour, half an hour, over the date line, at midnight, and back. */
export const changesOfClocks = [
  { zone: "America/New_York", at: "2024-03-10T07:00:00Z" },
  { zone: "America/New_York", at: "2024-11-03T06:00:00Z" },
  { zone: "Europe/Berlin", at: "2025-03-30T01:00:00Z" },
  { zone: "Europe/Berlin", at: "2025-10-26T01:00:00Z" },
  { zone: "Europe/Dublin", at: "2024-10-27T01:00:00Z" },
  { zone: "Australia/Lord_Howe", at: "2024-04-06T15:00:00Z" },
  { zone: "Australia/Lord_Howe", at: "2024-10-05T15:30:00Z" },
  { zone: "Pacific/Apia", at: "2011-12-30T10:00:00Z" },
  { zone: "Pacific/Kiritimati", at: "1994-12-31T10:00:00Z" },
  { zone: "Pacific/Chatham", at: "2024-04-06T14:00:00Z" },
  { zone: "Africa/Casablanca", at: "2024-03-10T02:00:00Z" },
  { zone: "Africa/Casablanca", at: "2024-04-14T02:00:00Z" },
  { zone: "America/Sao_Paulo", at: "2018-11-04T03:00:00Z" },
  { zone: "America/Sao_Paulo", at: "2018-02-18T02:00:00Z" },
  { zone: "America/Havana", at: "2024-03-10T05:00:00Z" },
  { zone: "Antarctica/Troll", at: "2024-03-31T01:00:00Z" },
  { zone: "Asia/Kolkata", at: "2024-01-01T00:00:00Z" },
  { zone: "Asia/Kathmandu", at: "1985-12-31T18:30:00Z" },
  { zone: "UTC", at: "2024-02-29T00:00:00Z" },
] as const;

/** The zones of the changes, each once. */
export const zonesWithChanges: readonly string[] = [...new Set(changesOfClocks.map(it => it.zone))];
