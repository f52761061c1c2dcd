// Drives a running server with the real OpenAI client and prints what it saw as one JSON object.
// Usage: node openai-client.mjs BASE_URL MODEL
import OpenAI from 'openai';

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 });
const seen = {};

const models = await client.models.list();
seen.models = models.data.map((entry) => entry.id);
seen.model = (await client.models.retrieve(model)).id;

const question = [{ role: 'user', content: 'What is the capital of France?' }];
const answer = await client.chat.completions.create({ model, messages: question, temperature: 0 });
seen.text = answer.choices[0].message.content;
seen.role = answer.choices[0].message.role;
seen.finishReason = answer.choices[0].finish_reason;
seen.usage = answer.usage;

const stream = await client.chat.completions.create({
  model,
  messages: question,
  temperature: 0,
  stream: true,
  stream_options: { include_usage: true },
});
seen.streamed = '';
seen.deltas = 0;
for await (const chunk of stream) {
  const delta = chunk.choices[0]?.delta?.content;
  if (delta) {
    seen.streamed += delta;
    seen.deltas += 1;
  }
  if (chunk.choices[0]?.finish_reason) {
    seen.streamedFinishReason = chunk.choices[0].finish_reason;
  }
  if (chunk.usage) {
    seen.streamedUsage = chunk.usage;
  }
}

const completion = await client.completions.create({ model, prompt: 'Once upon a time', max_tokens: 8, temperature: 0 });
seen.completion = completion.choices[0].text;
seen.completionFinishReason = completion.choices[0].finish_reason;

async function failure(request) {
  try {
    await request();
    return { name: 'no error' };
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param, type: error.type };
  }
}
seen.wrongModel = await failure(() => client.chat.completions.create({ model: 'no-such-model', messages: question }));
seen.missingModel = await failure(() => client.models.retrieve('no-such-model'));
seen.badTemperature = await failure(() =>
  client.chat.completions.create({ model, messages: question, temperature: -1 }));
seen.tooLong = await failure(() =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content: 'word '.repeat(5000) }] }));

// Leaving a stream early must not harm the next request.
const abandoned = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Tell me a story.' }],
  stream: true,
});
for await (const chunk of abandoned) {
  if (chunk.choices[0]?.delta?.content) {
    abandoned.controller.abort();
    break;
  }
}
const after = await client.chat.completions.create({ model, messages: question, temperature: 0 });
seen.afterAbort = after.choices[0].message.content;

console.log(JSON.stringify(seen));
