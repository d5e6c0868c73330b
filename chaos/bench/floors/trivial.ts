/** What the load generator is held against: reads a body, answers, does nothing else. `node trivial.ts PORT` */
import { createServer } from 'node:http';

createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(202, { 'content-length': 0 });
    response.end();
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
