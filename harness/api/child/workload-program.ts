/** Runs the default export of a user's module as the program under test: node workload-program.js MODULE_URL */
import { ack } from '../../../workloads/clients/plugpull-ack.js';

const workload = (await import(process.argv[2]!)) as { default(acknowledge: typeof ack): unknown };
await workload.default(ack);
