package dev.kelpie.rewards.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.remote.RemoteModelOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A model of an OpenAI-compatible server. It is asked each question once in a run: answers are kept
 * under the SHA-256 of the request, which has the filled template, the model and its parameters.
 */
public final class ChatModel {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_TEXT = 64 << 10;

  private final String name;
  private final RemoteModelOptions options;
  private final JsonServer server;
  private final Spending spending;
  private final KeptAnswers kept;
  private final Map<String, CompletableFuture<ChatAnswer>> underWay = new ConcurrentHashMap<>();

  ChatModel(
      String name,
      RemoteModelOptions options,
      JsonServer server,
      Spending spending,
      KeptAnswers kept) {
    this.name = name;
    this.options = options;
    this.server = server;
    this.spending = spending;
    this.kept = kept;
  }

  /** Where it is: the model's name and its server's address. */
  public String place() {
    return options.model() + " at " + options.url();
  }

  /** Requests that may run at the same time. */
  public int concurrency() {
    return options.concurrency();
  }

  /** Requests sent in this run so far. */
  public long requests() {
    return spending.requests();
  }

  /** Why a question was refused, a budget that is spent; empty while none was. */
  public Optional<String> spent() {
    return spending.refused();
  }

  /**
   * The answer to a question, from the run folder if it was asked before.
   *
   * @throws RemoteException when there is none
   */
  public ChatAnswer ask(Question question) throws RemoteException, InterruptedException {
    ObjectNode body = body(question);
    String key = key(body);
    while (true) {
      Optional<ChatAnswer> known = kept.find(key);
      if (known.isPresent()) {
        return known.get();
      }
      CompletableFuture<ChatAnswer> mine = new CompletableFuture<>();
      CompletableFuture<ChatAnswer> other = underWay.putIfAbsent(key, mine);
      if (other == null) {
        try {
          ChatAnswer answer = send(key, body, question);
          mine.complete(answer);
          return answer;
        } catch (RemoteException e) {
          mine.completeExceptionally(e);
          throw e;
        } finally {
          underWay.remove(key, mine);
          mine.cancel(false); // nothing, if it is complete
        }
      }
      try {
        return other.get();
      } catch (ExecutionException e) {
        throw new RemoteException(
            String.valueOf(Objects.requireNonNull(e.getCause()).getMessage()));
      } catch (CancellationException e) {
        // The one who asked was interrupted; it is asked again.
      }
    }
  }

  private String key(JsonNode body) throws RemoteException {
    try {
      return Kept.sha256(options.url(), JSON.writeValueAsString(body));
    } catch (JsonProcessingException e) {
      throw new RemoteException(
          name + ": the request cannot be written: " + e.getOriginalMessage());
    }
  }

  private ObjectNode body(Question question) {
    ObjectNode body = JSON.createObjectNode();
    body.put("model", options.model());
    body.putArray("messages").addObject().put("role", "user").put("content", question.text());
    body.put("temperature", question.temperature());
    body.put("max_tokens", question.maxTokens());
    if (question.temperature() > 0) {
      body.put("seed", question.seed());
    }
    if (question.topLogprobs() > 0) {
      body.put("logprobs", true).put("top_logprobs", question.topLogprobs());
    }
    return body;
  }

  private ChatAnswer send(String key, JsonNode body, Question question)
      throws RemoteException, InterruptedException {
    AtomicLong sent = new AtomicLong();
    long input = 0;
    long output = 0;
    Optional<ChatAnswer> answer = Optional.empty();
    try {
      JsonNode response =
          server.post(
              body,
              () -> {
                spending.reserve();
                sent.incrementAndGet();
              });
      input = response.at("/usage/prompt_tokens").asLong();
      output = response.at("/usage/completion_tokens").asLong();
      spending.used(input, output);
      if (spending.needsTokens() && !response.at("/usage/prompt_tokens").isNumber()) {
        throw new RemoteException(
            name
                + ": the answer reports no usage (expected: numbers of tokens, because of"
                + " budget.money)");
      }
      answer = Optional.of(read(response, question));
      return answer.get();
    } finally {
      if (sent.get() > 0) {
        kept.add(new Kept(answer.isPresent() ? key : "", name, sent.get(), input, output, answer));
      }
    }
  }

  private ChatAnswer read(JsonNode response, Question question) throws RemoteException {
    JsonNode choice = response.at("/choices/0");
    JsonNode content = choice.at("/message/content");
    if (!content.isTextual()) {
      throw new RemoteException(
          name + ": the answer has no choices[0].message.content (expected: a text)");
    }
    String text = content.asText();
    Map<String, Double> first = new LinkedHashMap<>();
    if (question.topLogprobs() > 0) {
      JsonNode top = choice.at("/logprobs/content/0/top_logprobs");
      if (!top.isArray() || top.isEmpty()) {
        throw new RemoteException(
            name
                + ": the answer has no logprobs.content[0].top_logprobs (expected: a server that"
                + " reports them, or read = verdict)");
      }
      for (JsonNode token : top) {
        double logprob = token.path("logprob").asDouble(Double.NaN);
        if (token.path("token").isTextual() && logprob <= 0) {
          first.merge(token.path("token").asText(), logprob, Math::max);
        }
      }
    }
    boolean complete = !Objects.equals(choice.path("finish_reason").asText(), "length");
    return new ChatAnswer(text.substring(Math.max(0, text.length() - MOST_TEXT)), complete, first);
  }
}
