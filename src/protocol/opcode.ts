/** The opcodes of RFC 6455, 5.2 and 11.8. All others are reserved and fail the connection. */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** RFC 6455, 5.5: control frames have the most significant bit of the opcode set. */
const CONTROL_BIT = 0x8;

/** Whether `opcode` is that of a control frame: Close, Ping, Pong and the reserved ones above them. */
export function isControl(opcode: number): boolean {
  return (opcode & CONTROL_BIT) !== 0;
}

/** Whether RFC 6455 gives `opcode` a meaning. */
export function isDefinedOpcode(opcode: number): boolean {
  return opcode <= Opcode.binary || (opcode >= Opcode.close && opcode <= Opcode.pong);
}

/** The name of `opcode`, if RFC 6455 gives it one. */
export function opcodeName(opcode: number): keyof typeof Opcode | undefined {
  return Object.entries(Opcode).find(([, value]) => value === opcode)?.[0] as keyof typeof Opcode | undefined;
}
