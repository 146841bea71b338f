package dev.kelpie.rewards.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A server of this process that answers as a test says, with damaged answers too. */
public final class FakeServer implements AutoCloseable {
  private static final int TLS_HANDSHAKE = 0x16;
  private static final long HANGS = -2;

  private final ServerSocket socket;
  private final Function<String, Reply> replies;
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  /**
   * An answer.
   *
   * @param raw all bytes of it; what it has less than its head says is never sent
   * @param delayMillis before it; -1: for ever; -2: none, but the connection stays open after it
   */
  public record Reply(String raw, long delayMillis) {
    /** An answer of 200. */
    public static Reply ok(String json) {
      return status("200 OK", json);
    }

    /** An answer with a status, and headers of a line each. */
    public static Reply status(String status, String body, String... headers) {
      StringBuilder head = new StringBuilder("HTTP/1.1 " + status + "\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      int length = body.getBytes(StandardCharsets.UTF_8).length;
      return new Reply(head + "Content-Length: " + length + "\r\n\r\n" + body, 0);
    }

    /** The same, late. */
    public Reply after(long millis) {
      return new Reply(raw, millis);
    }

    /** No answer. */
    public static Reply never() {
      return new Reply("", -1);
    }
  }

  private FakeServer(ServerSocket socket, Function<String, Reply> replies) {
    this.socket = socket;
    this.replies = replies;
  }

  /** A server that gives each body its reply. */
  public static FakeServer start(Function<String, Reply> replies) throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    FakeServer server = new FakeServer(socket, replies);
    server.thread(server::accept);
    return server;
  }

  /** A chat completion with a text. */
  public static Reply says(String text) {
    return Reply.ok(completion(text, "stop", List.of()));
  }

  /** A chat completion with first tokens. */
  public static Reply first(Map<String, Double> logprobs) {
    return Reply.ok(
        completion(
            logprobs.keySet().iterator().next(),
            "length",
            logprobs.entrySet().stream()
                .map(e -> Map.of("token", e.getKey(), "logprob", e.getValue()))
                .toList()));
  }

  /** A chat completion as servers write it. */
  public static String completion(String text, String finish, List<?> top) {
    Object logprobs = Map.of("content", List.of(Map.of("token", "x", "top_logprobs", top)));
    try {
      return new ObjectMapper()
          .writeValueAsString(
              Map.of(
                  "choices",
                  List.of(
                      Map.of(
                          "message", Map.of("role", "assistant", "content", text),
                          "finish_reason", finish,
                          "logprobs", logprobs)),
                  "usage",
                  Map.of("prompt_tokens", 100, "completion_tokens", 10)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  public String url() {
    return "http://localhost:" + socket.getLocalPort() + "/v1";
  }

  public int port() {
    return socket.getLocalPort();
  }

  /** Bodies of all requests so far. */
  public List<String> bodies() {
    return bodies;
  }

  /** Heads of all requests so far. */
  List<String> heads() {
    return heads;
  }

  /** Connections that the other side has not closed. */
  int connections() {
    return open.size();
  }

  /** Most requests that were there at the same time. */
  int mostTogether() {
    return most.get();
  }

  private void thread(Runnable work) {
    Thread thread = new Thread(work, "fake-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        open.add(client);
        thread(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      while (true) {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          int next = in.read();
          if (next < 0) {
            return;
          }
          if (next == TLS_HANDSHAKE) {
            out.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            waitFor(in, -1); // closed with unread bytes, the connection would be reset instead
            return;
          }
          head.append((char) next);
        }
        String body = new String(in.readNBytes(length(head.toString())), StandardCharsets.UTF_8);
        heads.add(head.toString());
        bodies.add(body);
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        Reply reply = replies.apply(body);
        boolean hangs = reply.delayMillis() == HANGS;
        boolean ends = !hangs && waitFor(in, reply.delayMillis());
        now.decrementAndGet();
        if (ends) {
          return;
        }
        byte[] bytes = reply.raw().getBytes(StandardCharsets.UTF_8);
        out.write(bytes);
        out.flush();
        if (hangs) {
          waitFor(in, -1);
          return;
        }
        int at = reply.raw().indexOf("\r\n\r\n");
        if (at < 0
            || reply.raw().substring(at + 4).getBytes(StandardCharsets.UTF_8).length
                < length(reply.raw().substring(0, at + 4))) {
          return; // half an answer
        }
      }
    } catch (IOException e) {
      // the client is gone
    } finally {
      open.remove(client);
    }
  }

  /** Waits; true if there will be no answer, because somebody closed the connection. */
  private boolean waitFor(InputStream in, long millis) throws IOException {
    try {
      if (millis >= 0) {
        return closed.await(millis, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      return true;
    }
    while (in.read() >= 0) {
      // until the client gives up
    }
    return true;
  }

  private static int length(String head) {
    for (String line : head.lines().toList()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    socket.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
