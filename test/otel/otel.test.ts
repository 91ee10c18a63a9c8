import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  context,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as traceApi,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { type OtelOptions, otel } from '../../src/otel/otel.ts';
import { setUp } from '../client/set-up.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('test');

afterEach(() => exporter.reset());

async function session(options: OtelOptions) {
  const bench = setUp({ url: 'wss://test/room?token=hush-hush-hush', use: [otel(options)] });
  const { client, clock, server, open } = bench;
  await open();
  const good = client.request('sum', [1, 2]);
  const bad = client.request('pay').catch(() => {});
  server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
  server.last.send('{"jsonrpc":"2.0","id":2,"error":{"code":7,"message":"no"}}');
  await good;
  await bad;
  for (const direction of ['in', 'out', 'in'] as const)
    server.last.request.trace?.({ direction, opcode: 1, fin: true, length: 2, payload: new Uint8Array(2) });
  server.last.request.trace?.({
    direction: 'in',
    opcode: 1,
    fin: false,
    length: 0,
    payload: new Uint8Array(0),
  });
  server.last.request.trace?.({
    direction: 'in',
    opcode: 9,
    fin: true,
    length: 0,
    payload: new Uint8Array(0),
  });
  server.last.drop();
  await clock.advance(10_000);
  void client.close();
  await clock.advance(1_000);
  return bench;
}

const named = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);

describe('spans', () => {
  it('of connections and requests, by the semantic conventions', async () => {
    await session({ tracer });
    expect(named('websocket connect')).toHaveLength(2);
    expect(named('websocket connect')[0]).toMatchObject({
      kind: SpanKind.CLIENT,
      ended: true,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'server.address': 'test',
        'server.port': 443,
        'url.scheme': 'wss',
        'url.path': '/room',
        'network.protocol.name': 'websocket',
      },
    });
    expect(named('sum')).toMatchObject([
      {
        kind: SpanKind.CLIENT,
        status: { code: SpanStatusCode.UNSET },
        attributes: {
          'rpc.system.name': 'jsonrpc',
          'rpc.method': 'sum',
          'server.address': 'test',
          'server.port': 443,
        },
      },
    ]);
    expect(named('pay')).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR, message: expect.stringContaining('no') },
        attributes: { 'error.type': 'REQUEST_REJECTED' },
      },
    ]);
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ attributes, status }) => [attributes, status])),
    ).not.toContain('hush');
  });

  it('of an attempt that fails end with its code', async () => {
    const { client, clock } = setUp(
      { reconnect: false, use: [otel({ tracer, system: 'own' })] },
      { onConnect: (connection) => connection.refuse(503) },
    );
    client.connect();
    await clock.advance(100);
    expect(named('websocket connect')).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'error.type': 'HANDSHAKE_STATUS', 'server.port': 80 },
      },
    ]);
  });

  it('of requests lie below the span that was active when they were asked for', async () => {
    const parent = tracer.startSpan('parent');
    let active = ROOT_CONTEXT;
    const manager = {
      active: () => active,
      with: (_: unknown, run: () => unknown) => run(),
      bind: () => {},
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as never);
    const { client, clock, server, open } = setUp({ use: [otel({ tracer })] });
    await open();
    active = traceApi.setSpan(ROOT_CONTEXT, parent);
    const reply = client.request('sum');
    active = ROOT_CONTEXT;
    server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
    await reply;
    context.disable();
    expect(named('sum')[0]?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
    void client.close();
    await clock.advance(100);
  });

  it('of a handshake that was given up, with an event for each phase', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = createClient({ url: `ws://127.0.0.1:${port}/`, use: [otel({ tracer })] });
    server.once('connection', () => void client.close());
    client.connect();
    await new Promise((resolve) => client.once('closed', resolve));
    server.close();
    const [span] = named('websocket connect');
    expect(span?.events.map(({ name }) => name)).toContain('tcp');
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'HANDSHAKE_ABORTED' },
    });
  });

  it('take what the API gives: its tracer and meter fit', () => {
    expect(otel({ tracer: traceApi.getTracer('x'), meter: metrics.getMeter('x') })).toBeTypeOf('function');
  });
});

describe('metrics', () => {
  it('count messages and reconnects, and measure requests', async () => {
    const out = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: out, exportIntervalMillis: 3_600_000 });
    const meters = new MeterProvider({ readers: [reader] });
    await session({ meter: meters.getMeter('test') });
    await reader.forceFlush();
    const found = new Map(
      out
        .getMetrics()[0]
        ?.scopeMetrics[0]?.metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
    );
    await meters.shutdown();
    expect(found.get('holdline.client.messages')).toMatchObject([
      { attributes: { 'network.io.direction': 'transmit' }, value: 3 },
      { attributes: { 'network.io.direction': 'receive' }, value: 4 },
    ]);
    expect(found.get('holdline.client.reconnects')).toMatchObject([{ value: 1 }]);
    expect(found.get('rpc.client.call.duration')).toMatchObject([
      { attributes: { 'rpc.system.name': 'jsonrpc', 'rpc.method': 'sum' }, value: { count: 1 } },
      { attributes: { 'rpc.method': 'pay', 'error.type': 'REQUEST_REJECTED' }, value: { count: 1 } },
    ]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('without a meter no frame is watched', async () => {
    const { client, clock, server, open } = setUp({ use: [otel({ tracer })] });
    await open();
    expect(server.last.request.trace).toBeUndefined();
    void client.close();
    await clock.advance(100);
  });
});

it('refuses what is neither tracer nor meter', () => {
  expect(() => otel({})).toThrow('tracer');
  expect(() => otel({ tracer: {} as never })).toThrow('startSpan');
  expect(() => otel({ tracer, spans: 1 } as never)).toThrow('spans');
});
