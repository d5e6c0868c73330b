/** The floor of the acks: a plain Express handler that parses the same body and stores nothing. `node express.ts PORT` */
import express from 'express';

const http = express();
http.get('/', (_request, response) => {
  response.sendStatus(200);
});
http.post('/webhooks/alertmanager', express.json({ limit: '8mb' }), (request, response) => {
  response.status(202).json({ accepted: (request.body as { alerts: unknown[] }).alerts.length });
});
http.listen(Number(process.argv[2]), '127.0.0.1');
