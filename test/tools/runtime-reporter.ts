// Writes what happens in a run of vitest to HOLDLINE_EVENTS_FILE, a line of JSON at a time, so that a run that dies or
// stops half-way still tells what it did. Read by test-runtimes.mjs; the shape is `Event` in runtime-results.d.mts.
import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestSpecification } from 'vitest/node';
import type { Event } from './runtime-results.mjs';

const MESSAGE_CHARACTERS = 300;

export default class RuntimeReporter implements Reporter {
  onTestRunStart(specifications: readonly TestSpecification[]): void {
    const files = specifications.map(({ moduleId, project }) =>
      moduleId.slice(project.config.root.length + 1),
    );
    write({ kind: 'run', files });
  }

  onTestModuleStart(module: TestModule): void {
    write({ kind: 'start', file: module.relativeModuleId });
  }

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()].map((test) => {
      const { state, errors } = test.result();
      return { name: test.fullName, state, ...withMessage(errors) };
    });
    write({ kind: 'end', file: module.relativeModuleId, tests, ...withMessage(module.errors()) });
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    write({ kind: 'finish', errors: errors.map((error) => withMessage([error]).error ?? '') });
  }
}

function withMessage(errors: readonly SerializedError[] | undefined): { error?: string } {
  const first = errors?.[0];
  return first ? { error: `${first.name}: ${first.message}`.slice(0, MESSAGE_CHARACTERS) } : {};
}

function write(event: Event): void {
  const file = process.env.HOLDLINE_EVENTS_FILE;
  if (!file) throw new Error('HOLDLINE_EVENTS_FILE is not set: this reporter is for test-runtimes.mjs.');
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}
