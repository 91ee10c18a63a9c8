import { createClient } from 'holdline';
import { HoldlineProvider } from 'holdline/react';
import type { ReactNode } from 'react';

export function Room({ name, children }: { name: string; children: ReactNode }) {
  return (
    <HoldlineProvider create={() => createClient({ url: `wss://example.com/rooms/${name}` })} deps={[name]}>
      {children}
    </HoldlineProvider>
  );
}

export {};
