/** Against stand-ins for a page and a worker; the real ones are met in Chromium. */
import { describe, expect, it } from 'vitest';
import { browserEnvironment } from '../../src/connection/environment.browser.ts';
import type { EnvironmentEvent } from '../../src/connection/environment.ts';

class FakeTarget extends EventTarget {
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }

  fire(name: string, fields: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(name), fields));
  }
}

function fakePage() {
  const document = Object.assign(new FakeTarget(), { visibilityState: 'hidden' });
  const navigator = { onLine: true as boolean | undefined };
  const page = Object.assign(new FakeTarget(), { document, navigator });
  const told: EnvironmentEvent[] = [];
  const environment = browserEnvironment(page);
  return { page, document, navigator, told, environment };
}

describe('a page', () => {
  it('tells of network, sight, freeze and the back/forward cache', () => {
    const { page, document, told, environment } = fakePage();
    environment.watch((event) => told.push(event));
    page.fire('offline');
    page.fire('online');
    document.fire('visibilitychange');
    expect(told).toEqual(['offline', 'online']);
    document.visibilityState = 'visible';
    document.fire('visibilitychange');
    document.fire('freeze');
    document.fire('resume');
    page.fire('pagehide', { persisted: true });
    page.fire('pageshow', { persisted: true });
    expect(told.slice(2)).toEqual(['visible', 'resume', 'leave', 'return']);
  });

  it('that is not kept says nothing of leaving, and nothing of being shown the first time', () => {
    const { page, told, environment } = fakePage();
    environment.watch((event) => told.push(event));
    page.fire('pagehide', { persisted: false });
    page.fire('pageshow', { persisted: false });
    expect(told).toEqual([]);
  });

  it('has no listener before and none after, one set for each that watches', () => {
    const { page, document, told, environment } = fakePage();
    const count = (): number => page.listeners + document.listeners;
    expect(count()).toBe(0);
    const ends = [environment.watch((event) => told.push(event)), environment.watch(() => {})];
    expect(count()).toBe(12);
    for (const end of ends) end();
    page.fire('online');
    expect([count(), told]).toEqual([0, []]);
  });

  it('is online unless it says that it is not', () => {
    const { navigator, environment } = fakePage();
    expect(environment.online).toBe(true);
    navigator.onLine = false;
    expect(environment.online).toBe(false);
    navigator.onLine = undefined;
    expect(environment.online).toBe(true);
  });
});

describe('other places', () => {
  it('a worker has no document, and tells of the network all the same', () => {
    const worker = Object.assign(new FakeTarget(), { navigator: { onLine: true } });
    const told: EnvironmentEvent[] = [];
    const end = browserEnvironment(worker).watch((event) => told.push(event));
    worker.fire('offline');
    end();
    expect([told, worker.listeners]).toEqual([['offline'], 0]);
  });

  it('without any events, as React Native, are always online', () => {
    const environment = browserEnvironment({});
    environment.watch(() => expect.unreachable())();
    expect(environment.online).toBe(true);
  });

  it('are the global scope unless told otherwise', () => {
    browserEnvironment().watch(() => {})();
  });
});
