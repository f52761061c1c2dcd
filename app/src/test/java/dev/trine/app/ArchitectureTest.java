/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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

  private static final JavaClasses TRINE = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.trine");

  @Test
  void seesTheWholeProject() {
    assertTrue(TRINE.contain(dev.trine.api.Plugin.class));
    assertTrue(TRINE.contain(dev.trine.app.http.TrineServer.class));
  }

  @Test
  void theSpiDependsOnNothingButJspecify() {
    classes().that().resideInAPackage("dev.trine.api..").should().onlyDependOnClassesThat()
        .resideInAnyPackage("dev.trine.api..", "java..", "org.jspecify.annotations..").check(TRINE);
  }

  @Test
  void theAppKnowsNoPlugin() {
    noClasses().that().resideInAPackage("dev.trine.app..").should().dependOnClassesThat(
        resideInAPackage("dev.trine..").and(resideOutsideOfPackages("dev.trine.app..", "dev.trine.api..",
            "dev.trine.compute..")))
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
