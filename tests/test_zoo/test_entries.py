from mdp_plugin.zoo.entries import all_entries, find_entry


def test_aliases_are_unique_and_lead_to_weights(project_root):
    names = [name for entry in all_entries() for name in (entry['Name'], entry.get('Alias'))]
    names = [name for name in names if name]
    assert len(names) == len(set(names)) and {'mdpnet-sirst', 'mdpnet-nudt-sirst'} <= set(names)
    for name in names:
        assert (project_root / find_entry(name)['Weights']).is_file()
