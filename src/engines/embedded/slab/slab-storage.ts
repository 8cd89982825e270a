import { VolatileStorage } from '../../../core/store/volatile-storage.js';
import type { SlabSizes } from './slab-space.js';
import { SlabStore } from './slab-store.js';

/** Storage without a disk, its entries outside the JavaScript heap. */
export class SlabStorage extends VolatileStorage<SlabStore> {
  constructor(sizes?: SlabSizes) {
    super(() => new SlabStore(sizes));
  }
}
