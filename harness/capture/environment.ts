/** The environment of workloads and checkers: where the shipped programs are, and Python without buffering. */
export function programEnvironment(
  workloads: string,
  scenarioFolderPath: string | null,
): Record<string, string> {
  return {
    WORKLOADS: workloads,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...(scenarioFolderPath ? { SCENARIO: scenarioFolderPath } : {}),
  };
}
