/** Chat completions as OpenAI defined them and others speak them. One request a call, never repeated: the chain alone does that. */
import { ChatOpenAICompletions, type ChatOpenAIFields, wrapOpenAIClientError } from '@langchain/openai';

type Send = ChatOpenAICompletions['completionWithRetry'];
type MessageReader = ChatOpenAICompletions['_convertCompletionsMessageToBaseMessage'];

/** Not `ChatOpenAI`, which turns to another API by the model's name. */
export class Completions extends ChatOpenAICompletions {
  constructor(fields: ChatOpenAIFields) {
    super({ ...fields, maxRetries: 0 });
  }

  /**
   * LangChain lets OpenAI's client judge an answer that should be JSON, which throws away what is not: with it what it cost, and the words that
   * a repair needs.
   */
  override completionWithRetry = (async (...[request, options]: Parameters<Send>) => {
    const clientOptions = this._getClientOptions(options);
    try {
      return await this.client.chat.completions.create(request, clientOptions);
    } catch (error) {
      throw wrapOpenAIClientError(error);
    }
  }) as Send;

  /** LangChain drops the field by which a model says that it refuses: what is left would look like an empty answer. */
  protected override _convertCompletionsMessageToBaseMessage(...[said, response]: Parameters<MessageReader>): ReturnType<MessageReader> {
    const message = super._convertCompletionsMessageToBaseMessage(said, response);
    if (typeof said.refusal === 'string') message.additional_kwargs.refusal = said.refusal;
    return message;
  }
}
