/** All refusals in one file: a bundle for production has another in its place, whose functions do nothing (tsup.config.ts). */
export * from '../auth/checks.ts';
export * from '../base/checks.ts';
export * from '../connection/checks.ts';
export * from '../envelopes/checks.ts';
export * from '../messaging/checks.ts';
export * from '../transport/checks.ts';
export * from '../transport/native/native-checks.ts';
export * from '../transport/polling/checks.ts';
export * from './checks.ts';
export * from './records/checks.ts';
