package dev.kelpie.rewards.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

/**
 * A server that scores responses: {@code {"items": [{"prompt", "response", "answer", "metadata"}]}}
 * is answered by {@code {"scores": [{"score": 0.5} or {"error": "why"}]}}, in the same order. Items
 * that come at nearly the same time share a request.
 */
public final class RewardServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long GATHER_NANOS = 5_000_000;

  private final String name;
  private final JsonServer server;
  private final Transport transport;
  private final int batch;
  private final int concurrency;
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private int senders;

  /** A response to score. */
  public record Item(
      String id,
      String prompt,
      String response,
      Optional<String> answer,
      Map<String, String> metadata) {
    public Item {
      metadata = Map.copyOf(metadata);
    }
  }

  private record Waiting(Item item, CompletableFuture<Double> score) {}

  RewardServer(String name, JsonServer server, Transport transport, int batch, int concurrency) {
    this.name = name;
    this.server = server;
    this.transport = transport;
    this.batch = batch;
    this.concurrency = concurrency;
  }

  /**
   * The score of one response, a finite number.
   *
   * @throws RemoteException when there is none
   */
  public double score(Item item) throws RemoteException, InterruptedException {
    Waiting waiting = new Waiting(item, new CompletableFuture<>());
    synchronized (queue) {
      queue.add(waiting);
      if (senders < concurrency) {
        senders++;
        try {
          transport.threads().execute(this::sendAll);
        } catch (RejectedExecutionException e) {
          senders--;
          throw new RemoteException(name + ": not asked, because the run ends");
        }
      }
    }
    try {
      return waiting.score().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RemoteException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      synchronized (queue) {
        queue.remove(waiting);
      }
    }
  }

  /** Sends what waits until nothing does. */
  private void sendAll() {
    while (true) {
      List<Waiting> taken = new ArrayList<>();
      try {
        transport.pause(GATHER_NANOS);
      } catch (InterruptedException | RemoteException e) {
        // the rest fails by the request, which is not sent any more
      }
      synchronized (queue) {
        while (taken.size() < batch && !queue.isEmpty()) {
          taken.add(queue.remove());
        }
        if (taken.isEmpty()) {
          senders--;
          return;
        }
      }
      send(taken);
    }
  }

  private void send(List<Waiting> taken) {
    try {
      List<JsonNode> scores = ask(taken);
      for (int i = 0; i < taken.size(); i++) {
        read(scores.get(i), taken.get(i).score());
      }
    } catch (InterruptedException e) {
      fail(taken, name + ": not asked, because the run ends");
    } catch (RemoteException e) {
      fail(taken, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      fail(taken, name + ": " + e);
    }
  }

  private List<JsonNode> ask(List<Waiting> taken) throws RemoteException, InterruptedException {
    ObjectNode body = JSON.createObjectNode();
    ArrayNode items = body.putArray("items");
    for (Waiting waiting : taken) {
      Item item = waiting.item();
      ObjectNode node = items.addObject();
      node.put("id", item.id()).put("prompt", item.prompt()).put("response", item.response());
      node.put("answer", item.answer().orElse(null));
      ObjectNode metadata = node.putObject("metadata");
      item.metadata().forEach(metadata::put);
    }
    JsonNode scores = server.post(body, () -> {}).path("scores");
    if (!scores.isArray() || scores.size() != taken.size()) {
      throw new RemoteException(
          name
              + ": the answer has "
              + (scores.isArray() ? scores.size() + " scores" : "no scores")
              + " (expected: scores, a list of "
              + taken.size()
              + ")");
    }
    List<JsonNode> all = new ArrayList<>();
    scores.forEach(all::add);
    return all;
  }

  private void read(JsonNode given, CompletableFuture<Double> score) {
    JsonNode number = given.path("score");
    if (number.isNumber() && Double.isFinite((float) number.asDouble())) {
      score.complete(number.asDouble());
    } else if (given.path("error").isTextual()) {
      score.completeExceptionally(
          new RemoteException(name + ": " + server.shown(given.path("error").asText())));
    } else {
      score.completeExceptionally(
          new RemoteException(
              name
                  + ": score "
                  + (number.isMissingNode() ? "missing" : server.shown(number.asText()))
                  + " (expected: score, a finite number, or error, a text)"));
    }
  }

  private static void fail(List<Waiting> taken, String why) {
    taken.forEach(waiting -> waiting.score().completeExceptionally(new RemoteException(why)));
  }
}
