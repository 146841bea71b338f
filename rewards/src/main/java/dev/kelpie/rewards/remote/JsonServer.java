package dev.kelpie.rewards.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.remote.ServerLimits;
import dev.kelpie.files.OneLine;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/**
 * A server that answers JSON with JSON. Requests that failed for the moment are repeated after a
 * {@link Backoff}; a server that asks for a pause gets it from all requests.
 */
final class JsonServer {
  static final int MOST_BYTES = 4 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504, 529);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Transport transport;
  private final String name;
  private final URI address;
  private final String expectedThere;
  private final Optional<String> key;
  private final ServerLimits limits;
  private final Backoff backoff;
  private final AtomicLong pausedUntil = new AtomicLong(System.nanoTime());

  /** What happens before a request is sent; it may refuse it. */
  interface BeforeRequest {
    void run() throws RemoteException;
  }

  /** An answer, or why there is none and whether another attempt may have one. */
  private record Attempt(
      Optional<JsonNode> answer, String problem, boolean passing, Optional<Duration> retryAfter) {
    static Attempt failed(String problem, boolean passing) {
      return new Attempt(Optional.empty(), problem, passing, Optional.empty());
    }
  }

  /**
   * @param name the block that names it, such as {@code models.judge}
   * @param expectedThere what its address is expected to have, for a 404
   * @param key its key, if it has one; never part of a message
   */
  JsonServer(
      Transport transport,
      String name,
      URI address,
      String expectedThere,
      Optional<String> key,
      ServerLimits limits,
      long seed) {
    this.transport = transport;
    this.name = name;
    this.address = address;
    this.expectedThere = expectedThere;
    this.key = key;
    this.limits = limits;
    this.backoff = new Backoff(seed);
  }

  /**
   * The answer to {@code body}.
   *
   * @param before called before each attempt
   * @throws RemoteException with the last problem when all attempts failed
   */
  JsonNode post(JsonNode body, BeforeRequest before) throws RemoteException, InterruptedException {
    byte[] bytes;
    try {
      bytes = JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new RemoteException(
          name + ": the request cannot be written: " + e.getOriginalMessage());
    }
    int request = Arrays.hashCode(bytes);
    for (int attempt = 0; ; attempt++) {
      transport.pause(pausedUntil.get() - System.nanoTime());
      before.run();
      Attempt made = transport.limited(name, () -> once(bytes));
      if (made.answer().isPresent()) {
        return made.answer().get();
      }
      if (!made.passing() || attempt >= limits.retries()) {
        throw new RemoteException(
            name + ": " + made.problem() + (attempt > 0 ? "; " + (attempt + 1) + " attempts" : ""));
      }
      Duration pause = backoff.pause(request, attempt, made.retryAfter());
      if (made.retryAfter().isPresent()) {
        long until = System.nanoTime() + pause.toNanos();
        pausedUntil.accumulateAndGet(until, (a, b) -> a - b > 0 ? a : b);
      }
      transport.pause(pause.toNanos());
    }
  }

  private Attempt once(byte[] body) throws RemoteException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    try {
      HttpResponse<byte[]> response = transport.send(request.build(), limits.timeout(), MOST_BYTES);
      return response.statusCode() == 200 ? read(response.body()) : refused(response);
    } catch (Transport.Late e) {
      return Attempt.failed("no answer within " + seconds(limits.timeout()), true);
    } catch (BoundedBody.TooLong e) {
      return Attempt.failed(String.valueOf(e.getMessage()), false);
    } catch (IOException e) {
      return failed(e);
    }
  }

  private Attempt failed(IOException problem) {
    Optional<SSLException> tls = cause(problem, SSLException.class);
    if (tls.isPresent()) {
      return Attempt.failed(
          "TLS: "
              + shown(String.valueOf(tls.get().getMessage()))
              + " (expected: a server of https at "
              + address.getAuthority()
              + " with a certificate that Java trusts)",
          isBrokenOff(tls.get()));
    }
    if (problem instanceof ConnectException || problem instanceof HttpConnectTimeoutException) {
      return Attempt.failed(
          cause(problem, UnresolvedAddressException.class).isPresent()
              ? "no host " + address.getHost()
              : "no connection to " + address.getAuthority(),
          true);
    }
    return Attempt.failed(
        "the answer ends early: " + shown(String.valueOf(problem.getMessage())), true);
  }

  /** Whether the connection ended during a handshake, as it does when a server is restarted. */
  private static boolean isBrokenOff(SSLException problem) {
    return cause(problem, EOFException.class).isPresent()
        || cause(problem, SocketException.class).isPresent();
  }

  /** The outermost problem of a kind; Java's client sometimes wraps a failed TLS handshake. */
  private static <T> Optional<T> cause(Throwable problem, Class<T> kind) {
    for (Throwable at = problem; at != null; at = at.getCause()) {
      if (kind.isInstance(at)) {
        return Optional.of(kind.cast(at));
      }
    }
    return Optional.empty();
  }

  private Attempt read(byte[] body) {
    try {
      JsonNode answer = JSON.readTree(body);
      if (answer != null && answer.isObject()) {
        return new Attempt(Optional.of(answer), "", false, Optional.empty());
      }
    } catch (IOException e) {
      // the same as JSON that is no object
    }
    return Attempt.failed(
        "the answer is no JSON object: " + shown(new String(body, StandardCharsets.UTF_8)), true);
  }

  private Attempt refused(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    Optional<Duration> wait =
        response
            .headers()
            .firstValue("Retry-After")
            .flatMap(header -> Backoff.retryAfter(header, Instant.now()));
    boolean tooLong = wait.filter(asked -> asked.compareTo(LONGEST_PAUSE) > 0).isPresent();
    return new Attempt(
        Optional.empty(),
        status
            + " "
            + meaning(status)
            + message(response.body())
            + (tooLong ? "; asks for a pause of " + seconds(wait.orElseThrow()) : "")
            + expectation(status),
        PASSING.contains(status) && !tooLong,
        wait);
  }

  private static String meaning(int status) {
    return switch (status) {
      case 400 -> "bad request";
      case 401 -> "unauthorized";
      case 403 -> "forbidden";
      case 404 -> "not found";
      case 429 -> "too many requests";
      default ->
          status >= 500
              ? "error of the server"
              : status >= 300 && status < 400 ? "redirection" : "refused";
    };
  }

  private String expectation(int status) {
    if (status == 401 || status == 403) {
      return limits.apiKeyEnv().isEmpty()
          ? " (expected: api-key-env, the name of an environment variable with a key)"
          : " (expected: a valid key in the environment variable " + limits.apiKeyEnv() + ")";
    }
    if (status == 404) {
      return " (expected: " + expectedThere + " at " + address + ")";
    }
    return status >= 300 && status < 400
        ? " (expected: the address itself; redirections are not followed)"
        : "";
  }

  /** What the server says, in the forms of OpenAI, vLLM, Ollama and plain text. */
  private String message(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      JsonNode json = JSON.readTree(body);
      if (json != null) {
        for (String pointer : new String[] {"/error/message", "/error", "/message", "/detail"}) {
          JsonNode found = json.at(pointer);
          if (found.isTextual()) {
            text = found.asText();
            break;
          }
        }
      }
    } catch (IOException e) {
      // plain text
    }
    String line = shown(text);
    return line.isEmpty() ? "" : ": " + line;
  }

  /** A server's text in one line of bounded length, without the key. */
  String shown(String text) {
    String without = key.map(secret -> text.replace(secret, "***")).orElse(text);
    String line =
        OneLine.of(without.substring(0, Math.min(without.length(), 2000)))
            .replaceAll("\\p{Cntrl}", " ")
            .strip();
    return line.length() > 200 ? line.substring(0, 197) + "..." : line;
  }

  static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0
        ? time.toSeconds() + " s"
        : String.format(Locale.ROOT, "%s ms", time.toMillis());
  }
}
