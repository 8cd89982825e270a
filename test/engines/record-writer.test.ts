import { expect, jest, test } from '@jest/globals';
import { RecordWriter } from '../../src/engines/embedded/record-writer.js';

test('many records that go into one frame are not copied with each of them', () => {
  const records = new RecordWriter();
  const text = 'x'.repeat(25_000);
  const allocated = jest.spyOn(Buffer, 'allocUnsafe');
  for (let i = 0; i < 800; i++) records.meta(`name ${i}`, text);
  const bytes = allocated.mock.calls.reduce((sum, [size]) => sum + size, 0);
  allocated.mockRestore();
  expect(records.frameBytes).toBeGreaterThan(800 * text.length);
  expect(bytes).toBeLessThan(6 * records.frameBytes);
});
