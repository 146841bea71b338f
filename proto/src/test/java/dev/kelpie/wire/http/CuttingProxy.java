package dev.kelpie.wire.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes connections on to a server and cuts each after some bytes of its answer, or stops passing
 * on while keeping the connection open.
 */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket socket;
  private final int target;
  private final long answerBytes;
  private final boolean stall;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final Thread thread = new Thread(this::accept, "cutting-proxy");

  CuttingProxy(int target, long answerBytes, boolean stall) throws IOException {
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target = target;
    this.answerBytes = answerBytes;
    this.stall = stall;
    thread.start();
  }

  String baseUrl() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try (Socket client = socket.accept();
          Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        connections.incrementAndGet();
        open.add(client);
        open.add(server);
        passRequest(client.getInputStream(), server.getOutputStream());
        passAnswer(server.getInputStream(), client.getOutputStream());
        if (stall) {
          client.getInputStream().readAllBytes(); // until the client gives up
        }
      } catch (SocketException e) {
        // closed by either side
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Passes a request's head, addressed to the server. */
  private void passRequest(InputStream from, OutputStream to) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = from.read();
      if (next < 0) {
        return;
      }
      head.append((char) next);
    }
    String addressed = head.toString().replace(":" + socket.getLocalPort(), ":" + target);
    to.write(addressed.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void passAnswer(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[1000];
    long left = answerBytes;
    while (left > 0) {
      int read = from.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        return;
      }
      to.write(buffer, 0, read);
      left -= read;
    }
    to.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket connection : open) {
      connection.close();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
