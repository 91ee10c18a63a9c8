/**
 * Spans and metrics of OpenTelemetry for a client.
 *
 * @module holdline/otel
 */
export type { Plugin } from './base/plugin.ts';
export type { RecordedCore } from './client/records/recorder.ts';
export {
  type OtelAttributes,
  type OtelCounter,
  type OtelHistogram,
  type OtelMeter,
  type OtelOptions,
  type OtelSpan,
  type OtelTracer,
  otel,
} from './otel/otel.ts';
