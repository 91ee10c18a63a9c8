import type * as opcodes from './opcodes.ts';
import { binary, close, continuation, ping, pong, text } from './opcodes.ts';

/** The opcodes of RFC 6455, 5.2 and 11.8. All others are reserved and fail the connection. */
export const Opcode: typeof opcodes = { continuation, text, binary, close, ping, pong };

/** RFC 6455, 5.5: control frames have the most significant bit of the opcode set. */
const CONTROL_BIT = 0x8;

/** Whether `opcode` is that of a control frame: Close, Ping, Pong and the reserved ones above them. */
export function isControl(opcode: number): boolean {
  return (opcode & CONTROL_BIT) !== 0;
}

/** Whether RFC 6455 gives `opcode` a meaning. */
export function isDefinedOpcode(opcode: number): boolean {
  return opcode <= binary || (opcode >= close && opcode <= pong);
}

/** The name of `opcode`, if RFC 6455 gives it one. */
export function opcodeName(opcode: number): keyof typeof opcodes | undefined {
  return Object.entries(Opcode).find(([, value]) => value === opcode)?.[0] as
    | keyof typeof opcodes
    | undefined;
}
