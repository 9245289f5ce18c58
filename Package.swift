// swift-tools-version: 6.2

// The map of vipad. A claim runs through the targets from the bottom of this file to the top:
// vipad (command line, routes, wiring) decides with Failover, writes with Audit, and moves the
// address with AWS -> SigV4 -> Digest. What each target may import is tested
// (Tests/PackageTests/ImportTests.swift).

import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// The simulation of the two-router tests decides millions of times: optimized in debug builds as well, its
// 10,000 seeds take a minute instead of ten.
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

let package = Package(
  name: "vipad",
  products: [
    .executable(name: "vipad", targets: ["vipad"]),
    .executable(name: "ec2sim", targets: ["ec2sim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // C libraries: a module map and a shim header each, no C source file.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),

    // What vipad is made of: leaves first.
    .target(name: "Digest", dependencies: ["CLibcrypto"], swiftSettings: strict),
    .target(name: "SigV4", dependencies: ["Digest"], swiftSettings: strict),
    .target(
      name: "AWS", dependencies: ["SigV4", "CCurl", "CExpat", system], swiftSettings: strict),
    .target(name: "Audit", dependencies: ["Digest", "CLinux", system], swiftSettings: strict),
    .target(name: "Netlink", dependencies: ["CLinux", system], swiftSettings: strict),
    .target(name: "Failover", swiftSettings: optimized),
    .target(
      name: "HTTPServer", dependencies: ["CMicroHTTPD", "CLinux", system], swiftSettings: strict),
    .executableTarget(
      name: "vipad",
      dependencies: [
        "HTTPServer", "Failover", "AWS", "Netlink", "Audit", "Digest", "CLinux",
        argumentParser, logging, system, toml,
      ],
      resources: [.embedInCode("openapi.json"), .embedInCode("page.html")],
      swiftSettings: strict),

    // The other side of the wire for tests and the demo; never part of the shipped package.
    .target(
      name: "EC2Simulator", dependencies: ["HTTPServer", "SigV4"], swiftSettings: strict),
    .executableTarget(
      name: "ec2sim", dependencies: ["EC2Simulator", argumentParser], swiftSettings: strict),

    .testTarget(name: "DigestTests", dependencies: ["Digest"], swiftSettings: strict),
    .testTarget(
      name: "SigV4Tests", dependencies: ["SigV4"], exclude: ["botocore_signatures.py"], swiftSettings: strict),
    .testTarget(
      name: "AWSTests", dependencies: ["AWS", "SigV4", system],
      exclude: [
        "instance_metadata_peer.py", "moto_peer.py", "nginx_peer.py", "profile_botocore.py",
        "transport_peer.py",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AuditTests", dependencies: ["Audit", "Digest", system], exclude: ["nasty.py"],
      swiftSettings: strict),
    .testTarget(name: "NetlinkTests", dependencies: ["Netlink", system], swiftSettings: strict),
    .testTarget(name: "FailoverTests", dependencies: ["Failover"], swiftSettings: optimized),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", system], swiftSettings: strict),
    .testTarget(
      name: "EC2SimulatorTests", dependencies: ["EC2Simulator", "HTTPServer", "SigV4"],
      exclude: ["Server/clients.py"],
      swiftSettings: strict),
    .testTarget(
      name: "vipadTests",
      dependencies: ["vipad", "Failover", "AWS", "SigV4", "Audit", "Digest", "HTTPServer", logging, system, toml],
      swiftSettings: strict),
    .testTarget(name: "PackageTests", dependencies: [system], swiftSettings: strict),
    .testTarget(
      name: "FuzzTests",
      dependencies: ["vipad", "Failover", "AWS", "SigV4", "Audit", "Digest", "HTTPServer", system],
      exclude: ["Corpus", "Engine", "json_peer.py"], swiftSettings: strict),
  ]
)
