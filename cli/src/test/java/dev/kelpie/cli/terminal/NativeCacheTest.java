package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  @Test
  void isWhereTheUserWantsIt(@TempDir Path home) {
    for (String key : new String[] {"DJL_CACHE_DIR", "ENGINE_CACHE_DIR"}) {
      assertThat(NativeCache.chosen(Map.of(key, "/cache"), java(home, home))).isEmpty();
      Properties given = java(home, home);
      given.setProperty(key, "/cache");
      assertThat(NativeCache.chosen(Map.of(), given)).isEmpty();
    }
  }

  @Test
  void isInTheHomeOfTheUserElseInThatOfTheEnvironment(@TempDir Path home) {
    Path none = home.resolve("nowhere");
    assertThat(NativeCache.chosen(Map.of("HOME", "/elsewhere"), java(home, none)))
        .contains(home.resolve(".djl.ai"));
    assertThat(NativeCache.chosen(Map.of("HOME", home.toString()), java(Path.of("?"), none)))
        .contains(home.resolve(".djl.ai"));
  }

  @Test
  void isAPrivateFolderForAUserWithoutAHome(@TempDir Path temporary) throws IOException {
    Properties java = java(Path.of("?"), temporary);
    Path folder = NativeCache.chosen(Map.of(), java).orElseThrow();
    assertThat(folder).hasParent(temporary).isDirectory();
    assertThat(folder.getFileName()).hasToString("kelpie-" + uid(temporary));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    // the next start finds what this one has unpacked
    assertThat(NativeCache.chosen(Map.of("HOME", ""), java)).contains(folder);
    assertThat(temporary).isDirectoryContaining(path -> path.equals(folder));
    assertThat(temporary.toFile().list()).hasSize(1);
  }

  @Test
  void isNeverAFolderInWhichOthersCanReplaceLibraries(@TempDir Path temporary) throws IOException {
    Properties java = java(Path.of("?"), temporary);
    Path known = temporary.resolve("kelpie-" + uid(temporary));
    Files.createDirectory(known);
    Files.setPosixFilePermissions(known, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path second = temporary.resolve("kelpie-" + uid(temporary) + "-2");
    assertThat(NativeCache.chosen(Map.of(), java)).contains(second);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(second)))
        .isEqualTo("rwx------");
    Files.delete(known);
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.createSymbolicLink(known, elsewhere);
    // the same at each start, so that libraries are unpacked once
    assertThat(NativeCache.chosen(Map.of(), java)).contains(second);
    assertThat(elsewhere).isEmptyDirectory();
    assertThat(temporary.toFile().list()).hasSize(3);
  }

  @Test
  void isDeletedAtTheEndWhereAllNamesAreTaken(@TempDir Path temporary) throws Exception {
    Object uid = uid(temporary);
    for (int number = 1; number <= 9; number++) {
      Files.writeString(temporary.resolve("kelpie-" + uid + (number == 1 ? "" : "-" + number)), "");
    }
    for (int start = 1; start <= 2; start++) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Duser.home=?",
              "-Djava.io.tmpdir=" + temporary,
              "-cp",
              System.getProperty("java.class.path"),
              UnpackedAtStart.class.getName());
      builder
          .environment()
          .keySet()
          .removeAll(List.of("HOME", "DJL_CACHE_DIR", "ENGINE_CACHE_DIR"));
      Process process = builder.redirectErrorStream(true).start();
      process.getOutputStream().close();
      List<String> lines = process.inputReader().lines().toList();
      assertThat(process.waitFor()).isZero();
      assertThat(lines).hasSize(1);
      assertThat(lines.get(0)).startsWith(temporary + "/kelpie-" + uid + "-");
      assertThat(Path.of(lines.get(0))).doesNotExist();
      assertThat(temporary.toFile().list()).hasSize(9);
    }
  }

  /** Chooses a folder as each start does, stores a file in it and prints its name. */
  public static final class UnpackedAtStart {
    private UnpackedAtStart() {}

    public static void main(String[] arguments) throws IOException {
      NativeCache.choose();
      Path folder = Path.of(System.getProperty(NativeCache.KEY));
      Files.createDirectories(folder.resolve("pytorch/2"));
      Files.writeString(folder.resolve("pytorch/2/libtorch_cpu.so"), "");
      System.out.println(folder);
    }
  }

  private static Object uid(Path folder) throws IOException {
    return Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static Properties java(Path home, Path temporary) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home.toString());
    properties.setProperty("java.io.tmpdir", temporary.toString());
    return properties;
  }
}
