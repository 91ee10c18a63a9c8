/** What a client does, again and again. */
export interface Program {
  /**
   * One round of `n` messages. The function that it resolves to is called after the clock has stopped: it checks what
   * came and throws if that is wrong, and returns what was measured beside the CPU.
   */
  round(n: number): Promise<(() => Record<string, number>) | undefined>;
}
