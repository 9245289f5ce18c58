import Glibc
import SystemPackage

/// Software that copies the addresses IMDS lists onto interfaces: an address so made is no evidence of MASTER.
///
/// Where it is at work the kernel can't be the witness, for any group. cloud-init is none of them: it does so only
/// at boot, before keepalived starts.
struct AddressCopier: Sendable, Equatable {
  /// What its package is called.
  let name: String
  /// The files it was found by.
  let evidence: [String]
  /// What to do about it.
  let remedy: String

  /// One line for the operator.
  var finding: String {
    "\(name) (\(evidence.joined(separator: ", "))) copies the addresses of the instance metadata onto the "
      + "interfaces, so an address there says nothing about VRRP: \(remedy)"
  }

  /// Those at work on this machine, by the unit files and scripts their packages install; a masked unit is not.
  ///
  /// `root` is where the file system begins.
  static func found(root: String = "/") -> [AddressCopier] {
    let files = InstalledFiles(root: FilePath(root))
    return [amazon(files), amazonBeforeSystemd(files), networkManager(files), suse(files)].compactMap { $0 }
  }

  /// Version 2: a timer for each interface, started by udev, that runs 60 s after it last ran.
  private static func amazon(_ files: InstalledFiles) -> AddressCopier? {
    let units = ["refresh-policy-routes@.timer", "policy-routes@.service"]
    let installed = units.compactMap(files.unit)
    guard !installed.isEmpty else { return nil }
    return AddressCopier(
      name: "amazon-ec2-net-utils", evidence: installed,
      remedy: remedy(removing: "amazon-ec2-net-utils", masking: units))
  }

  /// Version 1 (Amazon Linux 2 and its forks): with each renewal of the DHCP lease.
  private static func amazonBeforeSystemd(_ files: InstalledFiles) -> AddressCopier? {
    guard let script = files.file("etc/sysconfig/network-scripts/ec2net-functions") else { return nil }
    return AddressCopier(
      name: "ec2-net-utils", evidence: [script],
      remedy: "remove the package ec2-net-utils, or set witness = \"hook\"")
  }

  /// A timer of 5 minutes, which does nothing for EC2 unless told to (nm-cloud-setup(8)).
  private static func networkManager(_ files: InstalledFiles) -> AddressCopier? {
    let service = "nm-cloud-setup.service"
    guard files.unit(service) != nil else { return nil }
    let switches = files.settings(ofUnit: service).filter { file in
      (text(ofFile: file) ?? "").split(separator: "\n").contains { line in
        !line.hasPrefix("#") && line.contains("NM_CLOUD_SETUP_EC2=yes")
      }
    }
    guard !switches.isEmpty else { return nil }
    return AddressCopier(
      name: "NetworkManager-cloud-setup", evidence: switches,
      remedy: remedy(removing: "NetworkManager-cloud-setup", masking: ["nm-cloud-setup.timer", service]))
  }

  /// A timer of a minute, and a step of netconfig.
  private static func suse(_ files: InstalledFiles) -> AddressCopier? {
    guard let service = files.unit("cloud-netconfig.service") else { return nil }
    return AddressCopier(
      name: "cloud-netconfig-ec2", evidence: [service],
      remedy: remedy(
        removing: "cloud-netconfig-ec2", masking: ["cloud-netconfig.timer", "cloud-netconfig.service"]))
  }

  private static func remedy(removing package: String, masking units: [String]) -> String {
    "remove the package \(package) or run 'systemctl mask --now \(units.joined(separator: " "))', "
      + "or set witness = \"hook\""
  }
}

/// What is installed below a root.
private struct InstalledFiles {
  let root: FilePath

  /// Where systemd looks for units, the first that has one wins (systemd.unit(5)).
  private static let unitDirectories = [
    "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
    "lib/systemd/system",
  ]

  /// The path of a file that is there.
  func file(_ path: String) -> String? {
    let path = root.appending(path)
    return (try? Stat(path)) == nil ? nil : path.string
  }

  /// The path of a unit that is installed and not masked, which is a link to /dev/null or an empty file.
  func unit(_ name: String) -> String? {
    let paths = Self.unitDirectories.compactMap { file("\($0)/\(name)") }
    guard let path = paths.first, let unit = try? Stat(FilePath(path)) else { return nil }
    return unit.type == .regular && unit.size > 0 ? path : nil
  }

  /// The unit's file and its drop-ins.
  func settings(ofUnit name: String) -> [String] {
    let dropIns = Self.unitDirectories.flatMap { entries(of: "\($0)/\(name).d") }
    return [unit(name)].compactMap { $0 } + dropIns.filter { $0.hasSuffix(".conf") }
  }

  private func entries(of directory: String) -> [String] {
    let path = root.appending(directory)
    guard let stream = unsafe opendir(path.string) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      unsafe names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        })
    }
    return names.sorted().map { path.appending($0).string }
  }
}
