package dev.kelpie.cli.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds, with the real launcher, a Java that only says what it was asked, and small jars. */
class BuildTest {
  @TempDir private Path folder = Path.of("");
  private Path classes = Path.of("");
  private Path jar = Path.of("");

  @BeforeEach
  void layOutAClassPath() throws IOException {
    classes = Files.createDirectories(folder.resolve("actors/target/classes"));
    Files.writeString(Files.createDirectories(classes.resolve("a/b")).resolve("C.class"), "c");
    jar = Files.writeString(folder.resolve("lib-1.jar"), "jar");
  }

  private Build build() throws IOException {
    return Build.of(Path.of(".."), List.of(jar, classes), "abc");
  }

  @Test
  void equalFilesMakeEqualArchives() throws IOException {
    Build first = build();
    first.writeTo(folder.resolve("1.tar.gz"), bytes -> {});
    FileTime other = FileTime.fromMillis(0);
    Files.setLastModifiedTime(classes.resolve("a/b/C.class"), other);
    Files.setLastModifiedTime(jar, other);
    Build second = build();
    second.writeTo(folder.resolve("2.tar.gz"), bytes -> {});
    assertThat(second.id()).isEqualTo(first.id()).startsWith("kelpie-");
    assertThat(folder.resolve("2.tar.gz")).hasSameBinaryContentAs(folder.resolve("1.tar.gz"));
    Files.writeString(classes.resolve("a/b/C.class"), "d");
    assertThat(build().id()).isNotEqualTo(first.id());
  }

  @Test
  void unpackedItRunsWithAJreAlone() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here, so no launcher");
    Build build = build();
    build.writeTo(folder.resolve("b.tar.gz"), bytes -> {});
    assertThat(run("tar", "-xzf", folder.resolve("b.tar.gz").toString(), "-C", folder.toString()))
        .isEmpty();
    Path there = folder.resolve(build.id());
    Path java = Files.createDirectories(folder.resolve("jre/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(folder.resolve("jre/release"), "JAVA_VERSION=\"17.0.1\"\n");
    String lib = there.toRealPath() + "/lib/";
    assertThat(run(there.resolve("kelpie").toString(), "train", "x.conf"))
        .contains("\n" + lib + "lib-1.jar:" + lib + "kelpie-actors.jar:\n")
        .contains("-Dkelpie.home=" + there.toRealPath() + "\n")
        .contains("-Dkelpie.commit=abc\n")
        .endsWith("dev.kelpie.cli.Kelpie\ntrain\nx.conf\n");
    assertThat(run(there.resolve("kelpie").toString(), "--which-java"))
        .isEqualTo(folder.resolve("jre").toRealPath() + "\n");
  }

  private String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", folder.resolve("jre").toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
