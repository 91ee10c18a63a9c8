/** Whether long campaigns run in full, as `npm run test:nightly` asks for, or in small, as in `npm test`. */
export const IN_FULL: boolean = process.env.HOLDLINE_CAMPAIGNS === 'full';
