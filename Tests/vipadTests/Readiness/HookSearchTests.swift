import Failover
import Glibc
import SystemPackage
import Testing

@testable import vipad

struct HookSearchTests {
  @Test func findsTheHookInKeepalivedsConfigurationButNotInComments() {
    let text = """
      vrrp_instance vip {
        # notify_fault "/a/vipad-transition FAULT"
        ! notify_stop "/b/vipad-transition STOP"
        notify_master "/usr/local/sbin/vipad-transition MASTER"
      \tnotify_backup /opt/vipad-transition
        notify "/opt/not-vipad-transition"
      }
      """
    #expect(
      HookSearch.hooks(in: text, of: "f") == [
        HookSearch.Named(file: "f", line: 4, path: "/usr/local/sbin/vipad-transition"),
        HookSearch.Named(file: "f", line: 5, path: "/opt/vipad-transition"),
      ])
  }

  @Test func findsTheHookInVyOSsConfiguration() {
    let text = """
          transition-script {
              master "/config/scripts/vipad-transition MASTER"
          }
      """
    #expect(HookSearch.hooks(in: text, of: "f").map(\.path) == ["/config/scripts/vipad-transition"])
  }

  @Test func aHookThatMayBeRunIsOk() throws {
    try withFiles(mode: 0o755) { search in #expect(search.finding().state == .ok) }
  }

  @Test func aHookWithoutTheRightToBeRunHasFailed() throws {
    try withFiles(mode: 0o644) { search in
      let finding = search.finding()
      #expect(finding.state == .failed && finding.remedy?.hasPrefix("chmod 755") == true)
    }
  }

  @Test func aHookThatIsNotThereHasFailed() throws {
    try withFiles(mode: nil) { search in
      let finding = search.finding()
      #expect(finding.state == .failed && finding.detail.contains("keepalived.conf:1 names"))
    }
  }

  @Test func noConfigurationAtAllIsUnknown() {
    #expect(HookSearch(files: ["/nowhere/keepalived.conf"], isNeeded: true).finding().state == .unknown)
  }

  @Test(arguments: [(true, ReadinessCheck.State.failed), (false, .ok)])
  func aHookThatIsNamedNowhereMattersOnlyToTheHooksWitness(
    _ isNeeded: Bool, _ state: ReadinessCheck.State
  ) throws {
    try withDirectory { directory in
      let path = directory.appending("keepalived.conf")
      try write("vrrp_instance vip { }\n", to: path)
      #expect(HookSearch(files: [path.string], isNeeded: isNeeded).finding().state == state)
    }
  }

  @Test(arguments: [true, false])
  func whatAReaderOfKeepalivedsFIFORunsIsUnknown(_ isNeeded: Bool) throws {
    // As VyOS 1.4 writes it.
    let configuration = """
      global_defs {
          notify_fifo /run/keepalived/keepalived_notify_fifo
          notify_fifo_script /usr/libexec/vyos/system/keepalived-fifo.py
      }
      """
    try withDirectory { directory in
      let path = directory.appending("keepalived.conf")
      try write(configuration, to: path)
      let finding = HookSearch(files: [path.string], isNeeded: isNeeded).finding()
      #expect(finding.state == .unknown && finding.remedy?.contains("transition-script") == true)
    }
  }

  private func withFiles(mode: mode_t?, _ body: (HookSearch) throws -> Void) throws {
    try withDirectory { directory in
      let hook = directory.appending("vipad-transition")
      if let mode { try write("#!/bin/sh\n", to: hook, mode: mode) }
      let path = directory.appending("keepalived.conf")
      try write("notify_master \"\(hook) MASTER\"\n", to: path)
      try body(HookSearch(files: [path.string], isNeeded: true))
    }
  }
}
