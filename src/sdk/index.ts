export type { Duration } from "../model/duration.ts";
export { type Asset, asset } from "./asset.ts";
export type { AssetOptions } from "./assetOptions.ts";
export type { BackfillOptions } from "./assetPartitions.ts";
export { type AssetSensorOptions, assetSensor } from "./assetSensor.ts";
export type { AutomationDefinition } from "./automationDefinition.ts";
export type {
  CheckAnswer,
  CheckDefinition,
  CheckOptions,
  CheckResult,
  RowsCheck,
  SqlCheck,
} from "./check.ts";
export type { CheckBuilder, CheckForm, RowsForm, SqlForm } from "./checkForms.ts";
export { notNull, unique } from "./columnChecks.ts";
export { type Columns, type ColumnType, columns, type RowOf } from "./columns.ts";
export {
  type AutomationCondition,
  allDeps,
  allDepsBlockingChecksPassed,
  allDepsUpdatedSinceCron,
  and,
  anyDeps,
  anyDepsInProgress,
  anyDepsMissing,
  anyDepsUpdated,
  anyDownstreamConditions,
  assetMatches,
  atLeast,
  type CronOptions,
  checksPassed,
  codeVersionChanged,
  cronTickPassed,
  eager,
  every,
  failed,
  initialEvaluation,
  inLatestTimeWindow,
  inProgress,
  missing,
  newlyRequested,
  newlyUpdated,
  not,
  onCron,
  onMissing,
  or,
  type SelectedDeps,
  some,
  willBeRequested,
} from "./conditions.ts";
export type { AssetContext, Log, MetadataValue } from "./context.ts";
export { type DbtModelOptions, dbtModel } from "./dbtModel.ts";
export type { AssetDefinition, InputDefinition, SourceDefinition } from "./definition.ts";
export { DefinitionError } from "./definitionError.ts";
export type { DynamicPartitionKeys } from "./dynamicPartitions.ts";
export { type FileSensorOptions, fileSensor } from "./fileSensor.ts";
export {
  type FreshByOptions,
  type Freshness,
  type FreshWithinOptions,
  freshBy,
  freshWithin,
} from "./freshness.ts";
export { type Input, type StreamInput, stream } from "./input.ts";
export type {
  Database,
  InputContext,
  IoManager,
  OutputContext,
  Sql,
  StagedOutput,
  StreamingSql,
} from "./ioManager.ts";
export { type MappableInput, type OfPartitions, type SelfInput, self } from "./mappedInput.ts";
export type { DimensionForm, MappingForm, SimpleMappingForm, WindowOptions } from "./mappingForms.ts";
export { type MaterializeOptions, materialize } from "./materialize.ts";
export type { MaterializeResult, TestedCheck, TestLogLine } from "./materializeResult.ts";
export { type MemoryIo, memoryIo } from "./memoryIo.ts";
export { override, type ResourceOverride } from "./override.ts";
export {
  cronPartitions,
  dailyPartitions,
  dynamicPartitions,
  hourlyPartitions,
  monthlyPartitions,
  multiPartitions,
  type Partitions,
  staticPartitions,
  weeklyPartitions,
} from "./partitions.ts";
export { type PostgresNotifySensorOptions, postgresNotifySensor } from "./postgresNotifySensor.ts";
export { type ResourceContext, type ResourceDefinition, type ResourceOptions, resource } from "./resource.ts";
export type { Row } from "./row.ts";
export { type RunRequest, type RunRequestOptions, runRequest, type SkipReason, skip } from "./runRequest.ts";
export { type RunStatusSensorOptions, runStatusSensor } from "./runStatusSensor.ts";
export { type ScheduleOptions, schedule } from "./schedule.ts";
export { type SensorOptions, sensor } from "./sensor.ts";
export type {
  AssetSensorContext,
  FileSensorContext,
  NotifySensorContext,
  ReceivedCall,
  RequestedPartitionKeys,
  RunStatusSensorContext,
  SensorAnswer,
  SensorContext,
  WebhookContext,
} from "./sensorContext.ts";
export {
  type Instant,
  type SimulatedEvent,
  type SimulateOptions,
  type SimulateResult,
  simulate,
} from "./simulate.ts";
export { type Source, type SourceOptions, source } from "./source.ts";
export { type SqlName, type SqlQuery, type SqlRelation, type SqlValue, sql } from "./sql.ts";
export { type SqlAssetOptions, type SqlRelations, sqlAsset } from "./sqlAsset.ts";
export { CheckFailed, StepCanceled } from "./stepErrors.ts";
export { ioManager, type Storage } from "./storage.ts";
export type {
  CronPartitionsOptions,
  DailyPartitionsOptions,
  HourlyPartitionsOptions,
  MonthlyPartitionsOptions,
  TimePartitionsOptions,
  WeeklyPartitionsOptions,
} from "./timePartitions.ts";
export { type WebhookOptions, webhook } from "./webhook.ts";
