import Testing

@testable import AWS

@Suite struct ProfileFilesTests {
  private let config = """
    [default]
    region = eu-central-1
    [profile work]
    region = us-east-1
    services = local
    [profile "two words"]
    region = us-west-2
    [unmarked]
    region = nowhere
    [services local]
    ec2 =
      endpoint_url = https://ec2.example
    """
  private let credentials = """
    [work]
    region = from-credentials
    aws_access_key_id = A
    [only]
    aws_access_key_id = B
    """

  @Test func findsProfilesInBothFiles() throws {
    let files = try ProfileFiles(config: config, credentials: credentials)
    #expect(files.profile(named: "default")?.text("region") == "eu-central-1")
    #expect(files.profile(named: "work")?.text("region") == "from-credentials")
    #expect(files.profile(named: "work")?.text("endpoint_url", ofService: "ec2") == "https://ec2.example")
    #expect(files.profile(named: "two words")?.text("region") == "us-west-2")
    #expect(files.profile(named: "only")?.text("aws_access_key_id") == "B")
    #expect(files.profile(named: "unmarked") == nil)
    #expect(files.profile(named: "absent") == nil)
  }

  @Test func absentFilesAreEmpty() throws {
    let files = try CredentialFiles()
    #expect(try ProfileFiles(environment: files.environment()).profile(named: "default") == nil)
  }

  @Test func readsTheFilesOfTheEnvironment() throws {
    let files = try CredentialFiles()
    try files.write("config", config)
    try files.write("credentials", credentials)
    let read = try ProfileFiles(environment: files.environment())
    #expect(read.profile(named: "work")?.text("region") == "from-credentials")
    #expect(read.paths == ["\(files.directory)/config", "\(files.directory)/credentials"])
  }

  @Test func putsTheHomeDirectoryForATilde() throws {
    let files = try CredentialFiles()
    try files.write("mine", "[default]\nregion = tilde")
    let read = try ProfileFiles(environment: ["HOME": files.directory, "AWS_CONFIG_FILE": "~/mine"])
    #expect(read.profile(named: "default")?.text("region") == "tilde")
    #expect(read.paths.last == "\(files.directory)/.aws/credentials")
  }

  @Test func worksWithoutHOME() throws {
    let read = try ProfileFiles(environment: ["AWS_CONFIG_FILE": "/nowhere"])
    #expect(read.paths.last?.hasSuffix("/.aws/credentials") == true)
  }

  @Test func namesTheFileThatCantBeRead() throws {
    let files = try CredentialFiles()
    let error = #expect(throws: ProfileError.self) {
      try ProfileFiles(environment: files.environment(["AWS_CONFIG_FILE": files.directory]))
    }
    #expect(error?.description.hasPrefix("\(files.directory) can't be read: ") == true)
  }

  @Test func refusesWhatIsNotUTF8OrTooLarge() throws {
    let files = try CredentialFiles()
    let large = try files.write("large", "[default]\n" + String(repeating: "# padding\n", count: 200_000))
    for path in ["/usr/bin/env", large, "/dev/zero"] {
      #expect(throws: ProfileError.self) {
        try ProfileFiles(environment: files.environment(["AWS_CONFIG_FILE": path]))
      }
    }
  }

  @Test func namesTheFileAndTheLineThatAreWrong() throws {
    let files = try CredentialFiles()
    try files.write("credentials", "[default]\nnonsense\n")
    let error = #expect(throws: ProfileError.self) { try ProfileFiles(environment: files.environment()) }
    #expect(error?.description.hasPrefix("\(files.directory)/credentials, line 2: ") == true)
  }
}
