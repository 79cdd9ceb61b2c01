import { optionReplyMagic } from './protocol.js';

export function optionReplyMessage(option: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.alloc(20 + data.length);
  message.writeBigUInt64BE(optionReplyMagic, 0);
  message.writeUInt32BE(option, 8);
  message.writeUInt32BE(type, 12);
  message.writeUInt32BE(data.length, 16);
  data.copy(message, 20);
  return message;
}
