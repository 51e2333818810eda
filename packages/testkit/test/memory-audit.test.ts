// The contract of the audit trail, in memory.
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { auditContract } from '../src/contracts/audit.js';

auditContract('the store in memory', () => {
  const directory = new MemoryDirectory();
  return Promise.resolve({ directory, audit: directory.audit, other: directory.audit, close: () => Promise.resolve() });
});
