/**
 * Tools for tests: time that stands still.
 *
 * @module holdline/testing
 */
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './testing/virtual-clock.ts';
