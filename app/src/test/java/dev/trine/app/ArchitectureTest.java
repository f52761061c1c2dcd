/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Dependencies point one way. */
class ArchitectureTest {

  /** All modules as they were compiled: the plugins are not on the class path of the app's tests. */
  private static final JavaClasses TRINE = new ClassFileImporter().importPaths(
      Stream.of("platform-api", "platform-compute", "plugin-llm-bitnet", "app")
          .map(module -> Path.of("..", module, "target", "classes")).toList());

  @Test
  void seesTheWholeProject() {
    for (String name : List.of("dev.trine.api.Plugin", "dev.trine.compute.kernel.Kernels",
        "dev.trine.llm.bitnet.BitNetPlugin", "dev.trine.app.http.TrineServer")) {
      assertTrue(TRINE.contain(name), name);
    }
  }

  @Test
  void theSpiDependsOnNothingButJspecify() {
    classes().that().resideInAPackage("dev.trine.api..").should().onlyDependOnClassesThat()
        .resideInAnyPackage("dev.trine.api..", "java..", "org.jspecify.annotations..").check(TRINE);
  }

  @Test
  void theAppKnowsTheSpiAlone() {
    noClasses().that().resideInAPackage("dev.trine.app..").should().dependOnClassesThat(
        resideInAPackage("dev.trine..").and(resideOutsideOfPackages("dev.trine.app..", "dev.trine.api..")))
        .check(TRINE);
  }

  @Test
  void pluginsKnowThePlatformAlone() {
    noClasses().that().resideInAPackage("dev.trine.llm..").should().dependOnClassesThat(resideInAPackage("dev.trine..")
        .and(resideOutsideOfPackages("dev.trine.llm..", "dev.trine.api..", "dev.trine.compute..")))
        .check(TRINE);
  }

  @Test
  void numbersKnowNoPlugin() {
    noClasses().that().resideInAPackage("dev.trine.compute..").should()
        .dependOnClassesThat(resideInAPackage("dev.trine..")
            .and(resideOutsideOfPackages("dev.trine.api..", "dev.trine.compute..")))
        .check(TRINE);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.trine.(**)").should().beFreeOfCycles().check(TRINE);
  }

  @Test
  void vectorsStayInTheirPackages() {
    noClasses().that().resideOutsideOfPackage("dev.trine..kernel.vector..").should().dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..").check(TRINE);
  }

  @Test
  void standardStreamsBelongToTheCommandLine() {
    noClasses().that().resideOutsideOfPackage("dev.trine.app.cli..").should(ACCESS_STANDARD_STREAMS).check(TRINE);
  }

  @Test
  void theFrameworkStaysBehindTheServer() {
    noClasses().that().resideOutsideOfPackage("dev.trine.app.http..").should().dependOnClassesThat()
        .resideInAnyPackage("io.micronaut..", "io.netty..", "reactor..").check(TRINE);
  }
}
