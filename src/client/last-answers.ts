import type { TimerHandle } from '../base/clock.ts';
import type { Plugin } from '../base/plugin.ts';
import { queueTask } from '../base/task.ts';
import type { RequestsCore } from '../messaging/requests.ts';
import type { TransportSink } from '../transport/transport.ts';
import { PATIENCE_MS } from './last-words.ts';

/**
 * The plugin by which a server that asks and then ends the connection is answered: its end is carried out once no handler
 * of the client's is busy any more, a second later at most. Over raw TCP alone: the platform's WebSocket tells an end when
 * it is too late. `createClient` has it in Node, Bun and Deno.
 */
export function lastAnswers(): Plugin<RequestsCore> {
  return (core) => {
    const { clock } = core;
    const { options } = core.connection;
    const { transport } = options;
    const { settled } = core;
    /** The ends that wait. */
    const ends = new Set<() => void>();
    core.settled = () => {
      settled();
      if (core.requests?.answers === 0) for (const carryOut of ends) queueTask(carryOut);
    };

    /** Has `proceed` called when no handler is busy. Returns what does it at once, or not at all where it was done. */
    function hold(proceed: () => void): () => void {
      let timer: TimerHandle | undefined;
      const carryOut = (): void => {
        clock.clearTimer(timer);
        if (ends.delete(carryOut)) proceed();
      };
      ends.add(carryOut);
      timer = clock.setTimer(carryOut, PATIENCE_MS);
      // What was told before is heard by then, and what needs no time is answered.
      queueTask(() => {
        if ((core.requests?.answers ?? 0) === 0) carryOut();
      });
      return carryOut;
    }

    options.transport = (request, sink) => {
      let carryOut = (): void => {};
      const patient: TransportSink = {
        ...sink,
        hold: (proceed, isEnd) => {
          if (isEnd) carryOut = hold(proceed);
          else queueTask(proceed);
        },
        close: (closure) => {
          carryOut();
          sink.close(closure);
        },
      };
      return transport(request, patient);
    };
  };
}
