import { connect } from 'holdline';

await using socket = await connect('ws+unix:/run/app.sock:/chat');

export {};
