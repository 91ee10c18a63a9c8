import { describe, expect, it } from 'vitest';
import { checkDiagnostics, checkOtel, checkTrace, checkWrite } from '../../../src/client/records/checks.ts';

const called = (): void => {};

describe('who reads records', () => {
  it('may ask for what there is', () => {
    checkTrace(() => {}, { preview: Number.POSITIVE_INFINITY }, called);
    checkDiagnostics({ client: 'prices', preview: 0 }, called);
    checkOtel({ tracer: { startSpan: () => {} }, system: 'own' }, called);
    checkOtel({ meter: { createCounter: () => {}, createHistogram: () => {} } }, called);
    checkWrite(() => {}, called);
  });

  it.each<[run: () => void, text: string]>([
    [() => checkTrace(7, {}, called), 'The option tell of trace must be a function'],
    [() => checkTrace(() => {}, { preview: Number.NaN }, called), 'preview'],
    [() => checkDiagnostics({ preview: -1 }, called), 'preview'],
    [() => checkOtel({}, called), 'The option tracer must be given, or meter'],
    [() => checkOtel({ meter: {} }, called), 'createCounter, createHistogram'],
    [() => checkWrite('x', called), 'The option write of called must be a function'],
  ])('is told what is wrong: %#', (run, text) => {
    expect(run).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(text) }),
    );
  });
});
