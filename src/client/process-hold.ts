import type { Clock, TimerHandle } from '../base/clock.ts';
import type { Transport, TransportFactory } from '../transport/transport.ts';

/** What keeps a program in Node alive, and can be told not to. */
interface Handle {
  ref?(): unknown;
  unref?(): unknown;
}

/** Whether the lines and timers of one client keep the process alive. They do, until {@link set} says otherwise. */
export class ProcessHold {
  #isHeld = true;
  readonly #handles: Set<Handle> = new Set();

  /** True: they keep the process alive. */
  set(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const handle of this.#handles) this.#tell(handle);
  }

  /** The same clock, with timers that are asked. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      setTimer: (callback, delay) => {
        const timer = clock.setTimer(() => {
          this.#handles.delete(timer as Handle);
          callback();
        }, delay);
        this.#add(timer);
        return timer;
      },
      clearTimer: (timer) => {
        this.#handles.delete(timer as Handle);
        clock.clearTimer(timer);
      },
    };
  }

  /** The same transport, with lines that are asked. */
  transport(transport: TransportFactory): TransportFactory {
    return (request, sink) => {
      let made: Transport | undefined;
      made = transport(request, {
        ...sink,
        close: (closure) => {
          this.#handles.delete(made as Handle);
          sink.close(closure);
        },
      });
      this.#add(made);
      return made;
    };
  }

  #add(handle: TimerHandle | Transport): void {
    const { unref } = Object(handle) as Handle;
    if (typeof unref !== 'function') return;
    this.#handles.add(handle as Handle);
    if (!this.#isHeld) this.#tell(handle as Handle);
  }

  #tell(handle: Handle): void {
    if (this.#isHeld) handle.ref?.();
    else handle.unref?.();
  }
}
