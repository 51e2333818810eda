import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { JtlFile } from './jtl.js';

it('[S199] writes the samples as JMeter reads them, with what was refused as failed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kith-jtl-'));
  try {
    const path = join(directory, 'load.jtl');
    const file = new JtlFile(path);
    file.add({ at: 1_796_000_000_000.4, tookMs: 12.6, where: 'group', code: 'ok' });
    file.add({ at: 1_796_000_000_010, tookMs: 3, where: 'pair', code: 'rate_limited' });
    file.flush();
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      'timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,Latency',
      '1796000000000,13,message.send group,200,ok,load 1-1,true,0,13',
      '1796000000010,3,message.send pair,rate_limited,rate_limited,load 1-1,false,0,3',
      '',
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
