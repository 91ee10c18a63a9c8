/** RabbitMQ with its plugins for STOMP and MQTT over WebSocket, in folders of its own. */
import { configFolder, freePort, type Program, startProgram } from '../interop/program.ts';
import { RABBITMQ } from '../tools/prerequisites.mjs';

/** It takes 10 to 20 s to start; on a busy machine longer. */
export const START_MS = 120_000;

export interface Broker {
  readonly stomp: number;
  readonly mqtt: number;
  readonly version: string;
  /** Ends it and starts it again, with what it has kept. */
  restart(by?: NodeJS.Signals): Promise<void>;
  /** Makes it silent, or lets it go on. */
  signal(by: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

export async function startRabbitmq(): Promise<Broker> {
  const [amqp, dist, epmd, stomp, mqtt] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const config = [
    `listeners.tcp.local = 127.0.0.1:${amqp}`,
    // Without WebSocket they would listen everywhere, on ports that another broker may have.
    'stomp.listeners.tcp = none',
    'mqtt.listeners.tcp = none',
    'web_stomp.tcp.ip = 127.0.0.1',
    `web_stomp.tcp.port = ${stomp}`,
    'web_mqtt.tcp.ip = 127.0.0.1',
    `web_mqtt.tcp.port = ${mqtt}`,
    'log.console = true',
    'log.file = false',
  ];
  const { folder, add, remove } = configFolder('rabbitmq.conf', () => `${config.join('\n')}\n`);
  add('plugins', '[rabbitmq_web_stomp,rabbitmq_web_mqtt].\n');
  const env = {
    HOME: folder,
    RABBITMQ_NODENAME: `holdline${amqp}@localhost`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_NODE_PORT: String(amqp),
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false',
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  // Else it starts one that outlives it.
  const names = startProgram('epmd', ['-port', String(epmd)], { env });
  const start = async () => {
    const program = startProgram(RABBITMQ, [], { env, group: true, patience: START_MS });
    try {
      await program.prints(/Server startup complete/);
    } catch (error) {
      await program.stop();
      throw error;
    }
    return program;
  };
  const stopNames = async (): Promise<void> => {
    await names.stop();
    remove();
  };
  let program: Program;
  try {
    await names.listens(epmd);
    program = await start();
  } catch (error) {
    await stopNames();
    throw error;
  }
  return {
    stomp,
    mqtt,
    version: /RabbitMQ ([\d.]+)/.exec(program.output)?.[1] ?? 'of an unknown version',
    signal: (by) => program.signal(by),
    restart: async (by) => {
      await program.stop(by);
      program = await start();
    },
    stop: async () => {
      await program.stop();
      await stopNames();
    },
  };
}
