import { runService } from '../../service/run.ts';
import { paymentRoutes } from '../routes.ts';
import { authorizeAndCapture } from './capture.ts';

await runService({ name: 'payment', version: '1.3.0', routes: (kit) => paymentRoutes(kit, authorizeAndCapture(kit)) });
