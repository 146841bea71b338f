package dev.kelpie.cli.pack;

import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.Sha256;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.zip.Deflater;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * What Kelpie runs with, as a tree of files that needs nothing but Java 17 beside it: the launcher,
 * and the jars and classes of this process, plugins among them.
 *
 * @param id name and hash; equal for equal files
 */
public record Build(String id, List<PackedFile> files) {
  /** Property of the launcher: the folder that it lies in. */
  private static final String HOME = "kelpie.home";

  private static final List<String> SCRIPTS =
      List.of("kelpie", "scripts/launch-cluster.sh", "scripts/cluster-pod.sh", Build.HOST_SCRIPT);
  private static final int HASH_CHARACTERS = 12;
  private static final int BUFFER_BYTES = 1 << 16;

  /** The script in a build that looks after the processes of a host. */
  public static final String HOST_SCRIPT = "scripts/cluster-host.sh";

  public Build {
    files = List.copyOf(files);
  }

  /**
   * The build that this process runs.
   *
   * @throws ConfigException if it was not started by the launcher
   */
  public static Build ofThisProcess() throws IOException {
    String home = System.getProperty(HOME, "");
    if (home.isEmpty()) {
      throw new ConfigException(
          "this process was not started by ./kelpie (expected: the launcher, because it is part of"
              + " a build)");
    }
    List<Path> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
      if (!entry.isEmpty() && Files.exists(Path.of(entry))) {
        classPath.add(Path.of(entry).toAbsolutePath().normalize());
      }
    }
    return of(Path.of(home), classPath, Version.commit());
  }

  /** The build of a launcher's folder and a class path. */
  static Build of(Path home, List<Path> classPath, String commit) throws IOException {
    List<PackedFile> files = new ArrayList<>();
    for (String script : SCRIPTS) {
      files.add(PackedFile.of(script, PackedFile.PROGRAM, home.resolve(script)));
    }
    Path license = home.resolve("LICENSE");
    if (Files.isRegularFile(license)) {
      files.add(PackedFile.of("LICENSE", PackedFile.PLAIN, license));
    }
    files.add(PackedFile.of("commit", PackedFile.PLAIN, commit + "\n"));
    StringBuilder names = new StringBuilder();
    Set<String> taken = new HashSet<>();
    for (Path entry : classPath) {
      String name = unique(jarName(entry), taken);
      String target = "lib/" + name;
      files.add(
          Files.isDirectory(entry)
              ? PackedFile.jar(target, entry)
              : PackedFile.of(target, PackedFile.PLAIN, entry));
      names.append(name).append('\n');
    }
    files.add(PackedFile.of("lib/class-path.txt", PackedFile.PLAIN, names.toString()));
    return new Build(id(files), files);
  }

  /** A jar's own name; {@code kelpie-MODULE.jar} for the classes of a module. */
  private static String jarName(Path entry) {
    if (!Files.isDirectory(entry)) {
      return String.valueOf(entry.getFileName());
    }
    boolean module = entry.endsWith(Path.of("target", "classes")) && entry.getNameCount() > 2;
    Path name = module ? entry.getName(entry.getNameCount() - 3) : entry.getFileName();
    return "kelpie-" + name + ".jar";
  }

  private static String unique(String name, Set<String> taken) {
    String free = name;
    for (int number = 2; !taken.add(free); number++) {
      free = number + "-" + name;
    }
    return free;
  }

  private static String id(List<PackedFile> files) {
    MessageDigest digest = Sha256.digest();
    for (PackedFile file : files) {
      String line =
          String.format(Locale.ROOT, "%o %s %s%n", file.mode(), file.sha256(), file.name());
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return "kelpie-" + Version.number() + "-" + Sha256.hex(digest).substring(0, HASH_CHARACTERS);
  }

  /** The bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(PackedFile::bytes).sum();
  }

  /** Writes an archive, {@code tar.gz}, in which all files lie in a folder called by the id. */
  void writeTo(Path archive, LongConsumer written) throws IOException {
    GzipParameters plain = new GzipParameters();
    plain.setCompressionLevel(Deflater.NO_COMPRESSION); // jars are compressed already
    try (AtomicFile file = AtomicFile.create(archive);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
        GzipCompressorOutputStream zip = new GzipCompressorOutputStream(out, plain)) {
      Tar.write(files, id + "/", zip, written);
      zip.finish();
      out.flush();
      file.commit();
    }
  }
}
