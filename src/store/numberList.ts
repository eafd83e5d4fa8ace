/**
 * The numbers of a text, "4,5,-,7", where `empty` stands for a dash: so a million of them leave the database and
 * arrive quickly, without a million texts in between.
 */
export function numbers(text: string, empty: number): number[] {
  if (text === "") return [];
  const list: number[] = [];
  for (let from = 0, to = 0; from <= text.length; from = to + 1) {
    to = text.indexOf(",", from);
    if (to < 0) to = text.length;
    if (text[from] === "-") list.push(empty);
    else {
      let number = 0;
      for (let at = from; at < to; at++) number = number * 10 + text.charCodeAt(at) - 48;
      list.push(number);
    }
  }
  return list;
}
