import * as entry0 from 'holdline';
import * as entry1 from 'holdline/node';
import * as entry2 from 'holdline/protocol';
import * as entry3 from 'holdline/envelopes';
import * as entry4 from 'holdline/react';
import * as entry5 from 'holdline/testing';
export {};