// features.mjs - the features of the SDK that concern sandboxes, one row each, in the order of a session's life.
import { ends } from './ends.mjs';
import { execs } from './execs.mjs';
import { files } from './files.mjs';
import { images } from './images.mjs';
import { network } from './network.mjs';
import { objects } from './objects.mjs';
import { snapshots } from './snapshots.mjs';

export const features = [...images, ...objects, ...execs, ...files, ...snapshots, ...network, ...ends];
