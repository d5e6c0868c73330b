/** What we read of S3's answers. */
import { z } from 'zod';

export const VersionPage = z.object({
  IsTruncated: z.boolean().optional(),
  NextKeyMarker: z.string().optional(),
  NextVersionIdMarker: z.string().optional(),
  Versions: z.array(z.object({ Key: z.string(), VersionId: z.string() })).default([]),
});
