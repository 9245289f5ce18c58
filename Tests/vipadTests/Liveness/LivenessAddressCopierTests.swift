import Glibc
import SystemPackage
import Testing

@testable import vipad

/// Each test installs what the packages install, in a directory of its own.
struct LivenessAddressCopierTests {
  private let root = try? InstalledRoot()

  @Test func findsNothingOnAMachineWithoutThem() throws {
    #expect(AddressCopier.found(root: try #require(root).path).isEmpty)
  }

  @Test(arguments: ["usr/lib/systemd/system", "lib/systemd/system"])
  func findsAmazonEC2NetUtilsByItsUnits(directory: String) throws {
    let root = try #require(root)
    try root.install("\(directory)/refresh-policy-routes@.timer", "[Timer]\nOnUnitInactiveSec=60\n")
    try root.install("\(directory)/policy-routes@.service", "[Service]\nType=oneshot\n")
    let copier = try #require(AddressCopier.found(root: root.path).first)
    #expect(copier.name == "amazon-ec2-net-utils")
    #expect(copier.finding.contains("\(directory)/refresh-policy-routes@.timer"))
    #expect(
      copier.finding.contains("systemctl mask --now refresh-policy-routes@.timer policy-routes@.service"))
  }

  @Test func maskedUnitsAreNotAtWork() throws {
    let root = try #require(root)
    for unit in ["refresh-policy-routes@.timer", "policy-routes@.service"] {
      try root.install("usr/lib/systemd/system/\(unit)", "[Unit]\n")
      try root.install("etc/systemd/system/other.service", "[Unit]\n")
      try shell("ln -s /dev/null '\(root.path)/etc/systemd/system/\(unit)'")
    }
    #expect(AddressCopier.found(root: root.path).isEmpty)
  }

  @Test func findsTheVersionOfAmazonLinux2() throws {
    let root = try #require(root)
    try root.install("etc/sysconfig/network-scripts/ec2net-functions", "# functions\n")
    #expect(AddressCopier.found(root: root.path).map(\.name) == ["ec2-net-utils"])
  }

  @Test func findsNetworkManagersOnlyWhereItIsSwitchedOnForEC2() throws {
    let root = try #require(root)
    try root.install(
      "usr/lib/systemd/system/nm-cloud-setup.service", "[Service]\n#Environment=NM_CLOUD_SETUP_EC2=yes\n")
    #expect(AddressCopier.found(root: root.path).isEmpty)
    try root.install(
      "etc/systemd/system/nm-cloud-setup.service.d/ec2.conf",
      "[Service]\nEnvironment=NM_CLOUD_SETUP_EC2=yes\n")
    let copier = try #require(AddressCopier.found(root: root.path).first)
    #expect(copier.evidence == ["\(root.path)/etc/systemd/system/nm-cloud-setup.service.d/ec2.conf"])
  }

  @Test func findsCloudNetconfig() throws {
    let root = try #require(root)
    try root.install("usr/lib/systemd/system/cloud-netconfig.service", "[Service]\nType=oneshot\n")
    #expect(AddressCopier.found(root: root.path).map(\.name) == ["cloud-netconfig-ec2"])
  }
}

/// A directory that stands for /, removed with the test.
private final class InstalledRoot: Sendable {
  let path: String

  init() throws {
    path = try shell("mktemp -d /tmp/vipad-test-XXXXXX")
  }

  deinit {
    _ = try? shell("rm -rf \(path)")
  }

  func install(_ file: String, _ content: String) throws {
    try shell("mkdir -p $(dirname \(path)/\(file))")
    try write(content, to: FilePath("\(path)/\(file)"))
  }
}
