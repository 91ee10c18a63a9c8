import { raw } from 'holdline';
import { checkEnvelope } from 'holdline/testing';

const complaints = checkEnvelope(raw(), { received: ['{"ref":1,"ok":3}', '{"news":"tick"}'] });
console.log(complaints); // [] if nothing is wrong

export {};
