// Must not compile: an address is a string or a URL.
import { connect } from 'holdline';

export const socket: unknown = connect(42);
