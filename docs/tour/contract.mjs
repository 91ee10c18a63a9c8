// What the tour's server and its clients have agreed on: one file for the program in Node and for the page.
import { defineContract } from 'holdline';
import { z } from 'zod';

export const contract = defineContract({
  requests: {
    sum: { params: z.array(z.number()), result: z.number() },
    divide: { params: z.tuple([z.number(), z.number()]), result: z.number() },
    weather: { result: z.object({ city: z.string(), degrees: z.number() }) },
  },
  notifications: { say: z.object({ text: z.string() }) },
  events: {
    tick: z.object({ count: z.number().int() }),
    said: z.object({ from: z.string(), text: z.string() }),
  },
});
