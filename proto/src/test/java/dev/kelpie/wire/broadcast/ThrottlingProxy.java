package dev.kelpie.wire.broadcast;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes connections on to a server, all answers together at a rate, and breaks off or falls silent
 * after some bytes of them.
 */
final class ThrottlingProxy implements AutoCloseable {
  private final ServerSocket socket;
  private final int target;
  private final long bytesPerSecond;
  private final long lastByte;
  private final boolean silent;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong passed = new AtomicLong();
  private final long start = System.nanoTime();

  /**
   * @param lastByte answers end after this many bytes
   * @param silent whether connections stay open then
   */
  ThrottlingProxy(int target, long bytesPerSecond, long lastByte, boolean silent)
      throws IOException {
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target = target;
    this.bytesPerSecond = bytesPerSecond;
    this.lastByte = lastByte;
    this.silent = silent;
    thread(this::accept);
  }

  static ThrottlingProxy at(int target, long bytesPerSecond) throws IOException {
    return new ThrottlingProxy(target, bytesPerSecond, Long.MAX_VALUE, false);
  }

  /** The address of a file of the server through this proxy. */
  String url(String direct) {
    return "http://127.0.0.1:" + socket.getLocalPort() + URI.create(direct).getPath();
  }

  /** Bytes of answers, heads included. */
  long passed() {
    return passed.get();
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "throttling-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(server);
        thread(() -> requests(client, server));
        thread(() -> answers(server, client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** Passes the heads of requests, addressed to the server. */
  private void requests(Socket client, Socket server) {
    try (client;
        server) {
      InputStream from = client.getInputStream();
      OutputStream to = server.getOutputStream();
      StringBuilder head = new StringBuilder();
      for (int next = from.read(); next >= 0; next = from.read()) {
        head.append((char) next);
        if (head.indexOf("\r\n\r\n") > 0) {
          String addressed = head.toString().replace(":" + socket.getLocalPort(), ":" + target);
          to.write(addressed.getBytes(StandardCharsets.ISO_8859_1));
          head.setLength(0);
        }
      }
    } catch (IOException e) {
      // closed by either side
    }
  }

  private void answers(Socket server, Socket client) {
    byte[] buffer = new byte[1 << 14];
    try {
      InputStream from = server.getInputStream();
      OutputStream to = client.getOutputStream();
      for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
        long before = passed.getAndAdd(read);
        if (before > lastByte) {
          if (!silent) {
            close();
          }
          return;
        }
        long due = start + before * 1_000_000_000L / bytesPerSecond;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        to.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // closed by either side
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket connection : open) {
      connection.close();
    }
  }
}
