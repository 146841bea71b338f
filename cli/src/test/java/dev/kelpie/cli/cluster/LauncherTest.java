package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, on a tree with a JDK and a Maven that only say what they were asked. */
class LauncherTest {
  private final Path root;
  private final Path jdk;
  private final Path tools;

  LauncherTest(@TempDir Path folder) {
    root = folder.resolve("a clone with spaces");
    jdk = folder.resolve("jdk");
    tools = folder.resolve("tools");
  }

  /** What the launcher did. */
  private record Run(int code, String output) {}

  @BeforeEach
  void layOutATree() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here, so no launcher");
    Files.createDirectories(root.resolve("configs/src/main"));
    Files.createDirectories(root.resolve("configs/target/classes"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.copy(Path.of("../kelpie"), root.resolve("kelpie"), StandardCopyOption.COPY_ATTRIBUTES);
    script(jdk.resolve("bin/java"), "printf '%s\\n' \"$OPT_OUT_TRACKING\" \"$@\"");
    Files.writeString(jar(), "");
    script(jdk.resolve("bin/javac"), "echo 'javac 21.0.1'");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21.0.1\"\n");
    layOutTools();
  }

  @Test
  void buildsFirstAndThenOnlyWhenASourceIsNewer() throws Exception {
    script(
        tools.resolve("mvn"),
        "mkdir -p cli/target; echo '" + jar() + "' > cli/target/class-path.txt");
    assertThat(run("--version").output())
        .contains("kelpie: building (first use")
        .contains("lib.jar");
    assertThat(run("--version").output()).doesNotContain("building");
    Path source = Files.writeString(root.resolve("configs/src/main/New.java"), "");
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 60_000));
    assertThat(run("--version").output()).contains("kelpie: building (sources changed");
  }

  @Test
  void showsTheEndOfTheLogWhenTheBuildFails() throws Exception {
    script(tools.resolve("mvn"), "echo '[ERROR] something is missing'; exit 1");
    Run run = run("--version");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).contains("[ERROR] something is missing").contains("kelpie-build.log");
  }

  @Test
  void saysInOneLineWhatToInstallWithoutMaven() throws Exception {
    Run run = run("--version");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output()).startsWith("kelpie: needs Maven 3.8").hasLineCount(1);
  }

  @Test
  void passesArgumentsOnAsTheyAre() throws Exception {
    built();
    assertThat(run("train", "a file.conf", "-D", "data.suffix=* $HOME", "").output())
        .endsWith("dev.kelpie.cli.Kelpie\ntrain\na file.conf\n-D\ndata.suffix=* $HOME\n\n");
  }

  @Test
  void startsTheJvmOfflineAndWithTheFlagsThatArrowNeeds() throws Exception {
    built();
    assertThat(run("--version").output().lines())
        .startsWith("true")
        .contains("-Dai.djl.offline=true", "--add-opens=java.base/java.nio=ALL-UNNAMED")
        .doesNotContain("--enable-native-access=ALL-UNNAMED");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
    assertThat(run("--version").output().lines())
        .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void keepsOptionsOfTheJvmAndPluginsForItself() throws Exception {
    built();
    Path jar = Files.writeString(root.resolveSibling("my reward.jar"), "");
    Run run = run("-J-Xmx3g", "train", "--plugins", jar.toString(), "x.conf");
    assertThat(run.output()).contains("-Xmx3g\n-cp\n").contains(":" + jar.toRealPath() + "\n");
    assertThat(run.output()).endsWith("dev.kelpie.cli.Kelpie\ntrain\nx.conf\n");
    assertThat(run("train", "--plugins", "nowhere.jar").output())
        .startsWith("kelpie: --plugins nowhere.jar: no such file");
  }

  @Test
  void leavesOutTheJarsWhoseClassesItTakesFromTheTree() throws Exception {
    built();
    assertThat(run("--version").output())
        .contains("\n" + jar() + ":" + root.toRealPath() + "/configs/target/classes:\n")
        .doesNotContain("kelpie-configs-0.1.0.jar");
  }

  @Test
  void usesAnArchiveOfClassesOfItsJdkAndJarsOnly() throws Exception {
    script(
        jdk.resolve("bin/java"),
        "[ \"$1\" != -Xshare:dump ] || : > cli/target/kelpie-classes.jsa; printf '%s\\n' \"$@\"");
    script(
        tools.resolve("mvn"),
        "mkdir -p cli/target; echo '" + jar() + "' > cli/target/class-path.txt");
    Path there = root.toRealPath();
    String flag = "-XX:SharedArchiveFile=" + there + "/cli/target/kelpie-classes.jsa";
    assertThat(start(root.resolve("kelpie"), root, "--version").output().lines()).contains(flag);
    assertThat(run("--version").output().lines()).contains(flag);
    Files.writeString(
        jdk.resolve("release"), "JAVA_VERSION=\"25\"\nJAVA_RUNTIME_VERSION=\"25.0.1\"\n");
    assertThat(run("--version").output().lines()).doesNotContain(flag);
    assertThat(there.resolve("cli/target/archive-run")).doesNotExist();
  }

  @Test
  void worksThroughALinkFromAnotherFolder() throws Exception {
    built();
    Path link = Files.createSymbolicLink(tools.resolve("kelpie"), root.resolve("kelpie"));
    assertThat(start(link, tools, "--version").output()).contains("/configs/target/classes:");
  }

  private Path jar() {
    return jdk.resolveSibling("lib.jar");
  }

  private void built() throws IOException {
    Files.createDirectories(root.resolve("cli/target"));
    Files.writeString(
        root.resolve("cli/target/class-path.txt"), "/m2/kelpie-configs-0.1.0.jar:" + jar() + "\n");
    Files.writeString(root.resolve("cli/target/kelpie-build.stamp"), "");
  }

  private Run run(String... arguments) throws Exception {
    return start(root.resolve("kelpie"), root.resolve(".."), arguments);
  }

  private Run start(Path launcher, Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("PATH", tools.toString());
    environment.put("JAVA_HOME", jdk.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  /** The commands that the launcher uses, and no Maven. */
  private void layOutTools() throws IOException {
    Files.createDirectories(tools);
    String[] names = {
      "bash",
      "env",
      "dirname",
      "basename",
      "readlink",
      "uname",
      "sed",
      "find",
      "head",
      "tail",
      "mkdir",
      "touch",
      "mv",
      "rm",
      "tr",
      "grep",
      "flock",
      "printf"
    };
    for (String name : names) {
      for (String folder : new String[] {"/bin", "/usr/bin"}) {
        Path tool = Path.of(folder, name);
        if (Files.isExecutable(tool) && !Files.exists(tools.resolve(name))) {
          script(tools.resolve(name), "exec " + tool + " \"$@\"");
        }
      }
    }
  }

  private static void script(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/bash\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
