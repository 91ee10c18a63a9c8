import type { StandardSchema } from '../../src/messaging/schema.ts';

/** A schema that answers when it is told to. */
export function slow(): {
  readonly schema: StandardSchema<unknown>;
  readonly answers: ((ok: boolean) => void)[];
} {
  const answers: ((ok: boolean) => void)[] = [];
  return {
    answers,
    schema: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          new Promise((resolve) =>
            answers.push((ok) => resolve(ok ? { value } : { issues: [{ message: 'late no' }] })),
          ),
      },
    },
  };
}
