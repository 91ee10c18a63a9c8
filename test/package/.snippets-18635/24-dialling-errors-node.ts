import { connect, isHoldlineError } from 'holdline';

try {
  await connect('wss://example.com/', { proxy: 'environment' });
} catch (error) {
  if (!isHoldlineError(error)) throw error;
  console.log(error.message); // what happened, and what to do
  if ('phase' in error) {
    const { code, phase, status, headers, body, retryAfter, cause } = error;
    console.log({ code, phase, status, headers, body, retryAfter, cause });
  }
}

export {};
